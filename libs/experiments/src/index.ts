export { ARM_NAMES, ARMS, missingFor, TEACHERS, type Arm } from './arms.js';
export { estimate, RESAMPLES, type Estimate } from './interval.js';
export { tenths } from './charts.js';
export { mean, quantile, sd, varianceComponents, type VarianceComponents } from './moments.js';
export { readComparison, readUnit } from './read-results.js';
export { crossed, meanOfGroups, nested, together, type Design, type Groups } from './resampling.js';
export * from './results.js';
export { passOf, scoringRule, studentScore, type ScoringRule, type StudentScore } from './student-score.js';
export {
  cosineKernel,
  diversity,
  diversityOf,
  ngramKernel,
  subsampleScore,
  VENDI_SUBSAMPLES,
  vendiScore,
  type Diversity,
  type Kernel,
} from './vendi.js';
export {
  type ArmFigure,
  type ArmReport,
  comparisonReport,
  type ComparisonReport,
  type TeacherReport,
} from './report.js';
export { reportPage } from './report-page.js';
export { packUnits, UNIT_ARCHIVE, unpackUnits } from './unit-archive.js';
