export { fillAll } from './fill.js';
export {
  askedModel,
  chatsOrTexts,
  endIdsOf,
  promptIds,
  renderChats,
  studentPrompts,
  studentQuestions,
  teacherPrompt,
  type AskedModel,
  type Prompts,
  type PromptSettings,
} from './prompts.js';
export type { ChatMessage } from './chat-template.js';
export { stopAt, tokensToStop, upToStop } from './stop.js';
