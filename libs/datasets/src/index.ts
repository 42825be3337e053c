export type { FieldNames, Problem } from './problem.js';
export { formatProblemLines, parseProblemLines, readProblems, writeProblems } from './read-problems.js';
export { requireDisjoint, split } from './split.js';
export type { Split } from './split.js';
export {
  SCREENING_FORMAT,
  checkScreening,
  hardIds,
  hashProblems,
  readScreening,
  requireModel,
  requireProblems,
  writeScreening,
} from './screening.js';
export type { ScreenedProblem, ScreeningManifest } from './screening.js';
