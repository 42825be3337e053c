export { fillAll } from './fill.js';
export {
  askedModel,
  chatsOrTexts,
  promptIds,
  studentPrompts,
  teacherPrompt,
  type AskedModel,
  type Prompts,
  type PromptSettings,
} from './prompts.js';
export { stopAt, tokensToStop, upToStop } from './stop.js';
