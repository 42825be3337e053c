export {
  ADAMW_DEFAULTS,
  adamwScalars,
  clipScale,
  globalNorm,
  sumOfSquares,
  type AdamWConfig,
  type AdamWScalars,
} from './adamw.js';
export { learningRateAt, type ScheduleConfig } from './schedule.js';
export { updateAdamW, type AdamWArrays } from './update.js';
