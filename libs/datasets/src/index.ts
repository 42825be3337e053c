export type { Problem } from './problem.js';
export { readProblems, writeProblems } from './read-problems.js';
export { requireDisjoint, split } from './split.js';
export type { Split } from './split.js';
export {
  SCREENING_FORMAT,
  hardIds,
  hashProblems,
  readScreening,
  requireModel,
  writeScreening,
} from './screening.js';
export type { ScreenedProblem, ScreeningManifest } from './screening.js';
export { hardSplit, requireFreeFolder, requireScreenedWith, writeScreenedSet } from './screened-set.js';
