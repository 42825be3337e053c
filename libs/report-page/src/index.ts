export { comparisonPage } from './comparison/comparison-page.js';
export { runPage } from './run/run-page.js';
export { sweepPage } from './sweep/sweep-page.js';
