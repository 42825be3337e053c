export type { Problem } from './problem.js';
export { readProblems } from './read-problems.js';
export { requireDisjoint } from './split.js';
export type { Split } from './split.js';
export { SCREENING_FORMAT, hashProblems } from './screening.js';
export type { ScreenedProblem, ScreeningManifest } from './screening.js';
export { hardSplit, requireFreeFolder, requireScreenedWith, writeScreenedSet } from './screened-set.js';
