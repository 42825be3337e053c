export { evaluate } from './evaluate.js';
export { value, type Value } from './value.js';
