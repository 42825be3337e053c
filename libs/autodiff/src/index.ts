export { gradients, vectorJacobian } from './gradients.js';
