export { quickstartAssets } from './assets.js';
export { batchAt, type PretrainBatch } from './batches.js';
export { curatedProblems, problemPool, type Problem } from './problems.js';
export { proposalReport, type ProposalReport } from './proposal-report.js';
export { quickstartTask } from './quickstart-task.js';
export { readTask } from './read-task.js';
export type { Kind, Mixture, ModelShape, Optimizer, PoolPart, PretrainStage, Task } from './task.js';
export type { TrainingText } from './texts.js';
export {
  EOS_ID,
  generationConfigJson,
  idsOf,
  modelConfigJson,
  tokenizerConfigJson,
  tokenizerJson,
  vocabularyOf,
} from './tokenizer.js';
