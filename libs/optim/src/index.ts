export {
  ADAMW_DEFAULTS,
  adamw,
  adamwScalars,
  clipScale,
  declareScalars,
  globalNorm,
  type AdamWConfig,
  type AdamWScalars,
  type AdamWState,
} from './adamw.js';
export { learningRateAt, type ScheduleConfig } from './schedule.js';
