export { wheelBill } from './bill-of-materials.js';
export { makeWheel, type Wheel } from './wheel.js';
