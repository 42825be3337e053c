export { addGradient, gradients, vectorJacobian, type GradientSum } from './gradients.js';
