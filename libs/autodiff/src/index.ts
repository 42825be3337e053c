export { addGradient, gradients, vectorJacobian } from './gradients.js';
