export {
  type Arm,
  type Provided,
  ARM_NAMES,
  ARMS,
  missingFor,
  SELF_PLAY,
  TEACHER_NAMES,
  TEACHERS,
} from './arms.js';
export { exactInterval, meanInterval } from './bounded-mean.js';
export { coverageOfDifference, coverageOfMean, type Failing } from './coverage.js';
export type { Estimate } from './interval.js';
export { type ArmStage, type Stage, type StageReward, STAGES, type TeacherClimb } from './climb.js';
export { mean, sd, varianceComponents } from './moments.js';
export { OFF_PLATEAU, type OffPlateau } from './off-plateau.js';
export { readComparison, readUnit } from './read-results.js';
export * from './results.js';
export { passOf } from './student-score.js';
export { bySeeds } from './students.js';
export {
  cosineKernel,
  type Diversity,
  diversity,
  diversityOf,
  ngramKernel,
  subsampleScore,
  VENDI_SUBSAMPLES,
} from './vendi.js';
export { tenths } from './percent.js';
export { type ArmReport, comparisonReport, type ComparisonReport, type QuestionsReport } from './report.js';
export {
  settingText,
  type Sweep,
  type SweepPoint,
  type SweepPointReport,
  sweepReport,
  type SweepReport,
  type SweptField,
  type SweptSetting,
} from './sweep-report.js';
export { packUnits, UNIT_ARCHIVE, unpackUnits } from './unit-archive.js';
