export {
  askedModel,
  chats,
  promptIds,
  raw,
  studentPrompts,
  teacherPrompt,
  type AskedModel,
  type Prompts,
  type PromptSettings,
} from './prompts.js';
export { stopAt, tokensToStop, upToStop } from './stop.js';
