export { type Provided, ARM_NAMES, ARMS, missingFor, TEACHER_NAMES, TEACHERS } from './arms.js';
export type { Estimate } from './interval.js';
export { tenths } from './charts.js';
export { mean, sd, varianceComponents } from './moments.js';
export { readComparison, readUnit } from './read-results.js';
export * from './results.js';
export { passOf } from './student-score.js';
export {
  cosineKernel,
  diversity,
  diversityOf,
  ngramKernel,
  subsampleScore,
  VENDI_SUBSAMPLES,
} from './vendi.js';
export { comparisonReport, type ComparisonReport } from './report.js';
export { reportPage } from './report-page.js';
export { packUnits, UNIT_ARCHIVE, unpackUnits } from './unit-archive.js';
