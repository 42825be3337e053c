export { evaluate } from './evaluate.js';
export { inHalf, value, type Value } from './value.js';
