/** Supervised fine-tuning of a model folder on prompts with completions, or on chats; it resumes exactly. */
export { finetune, type Finetuned, type FinetuneRequest } from './finetune.js';
export type { Measurement } from './working-folder.js';
