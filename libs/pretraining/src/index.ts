/**
 * Trains a base model from scratch: generates the texts of a task, trains on them and writes a Hugging Face folder.
 */
export type { SkillRow } from './measure-model.js';
export { pretrain, type Pretraining, type PretrainProgress } from './pretrain.js';
