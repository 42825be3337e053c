/**
 * What a model is asked: the domain's prompt or the configuration's, as chat messages through the model's chat template
 * where there is one, as raw text otherwise.
 *
 * A chat's tokens are those of its rendered text, special tokens and all, and nothing is put before them: a template
 * writes its own beginning-of-sequence token. Before a raw text that token stands once, where the tokenizer has one.
 */
import { UserError } from '@soar/core';
import type { AskedDomain } from '@soar/domains';
import { Tokenizer } from '@soar/tokenizer';
import { readChatTemplate, type ChatMessage, type ChatTemplate } from './chat-template.js';
import type { Render } from './render-thread.js';
import { fillAll } from './fill.js';
import { renderAll } from './renderer.js';

/** The prompt of a configuration (soar.common.v1.PromptConfig); messages or a text, or neither. */
export interface PromptSettings {
  readonly messages: readonly ChatMessage[];
  readonly text: string;
  readonly stop: readonly string[];
}

/** A model that is asked. */
export interface AskedModel {
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: ChatTemplate | undefined;
}

/** The model in `folder`, as far as it is asked. Throws UserError. */
export async function askedModel(
  folder: string,
  ids: Parameters<typeof Tokenizer.fromFolder>[1],
): Promise<AskedModel> {
  return { tokenizer: await Tokenizer.fromFolder(folder, ids), chatTemplate: await readChatTemplate(folder) };
}

export interface Prompts {
  readonly texts: readonly string[];
  /** Whether they went through the model's chat template. */
  readonly isChat: boolean;
  /** Texts that an answer ends before. */
  readonly stop: readonly string[];
  /** Tokens that end an answer, beside those of the model's configuration. */
  readonly endIds: readonly number[];
}

/** Questions as a student is asked them: as chats, or else as texts. */
export interface StudentQuestions {
  readonly chats?: readonly (readonly ChatMessage[])[];
  readonly texts: readonly string[];
  /** Texts that an answer ends before. */
  readonly stop: readonly string[];
}

/** What a student is asked for each of `questions`, before the chat template. Throws UserError as `studentPrompts`. */
export async function studentQuestions(
  { chatTemplate }: Pick<AskedModel, 'chatTemplate'>,
  { name, definition }: AskedDomain,
  settings: PromptSettings | undefined,
  questions: readonly string[],
): Promise<StudentQuestions> {
  const { messages = [], text = '', stop = [] } = settings ?? {};
  if (text !== '') return { texts: await fillAll(text, questions, 'prompt: text'), stop };
  if (messages.length > 0)
    return { chats: await filled(messages, questions, 'prompt: messages'), texts: [], stop };
  const own = definition.student!;
  const where = `domain ${name}: student`;
  const isText = own.messages.length === 0 || (chatTemplate === undefined && own.text !== '');
  if (isText) {
    const texts = await fillAll(own.text, questions, `${where}.text`);
    return { texts, stop: stop.length > 0 ? stop : [...own.stop, ...own.textStop] };
  }
  const asked = await filled(own.messages, questions, `${where}.messages`);
  return { chats: asked, texts: [], stop: stop.length > 0 ? stop : own.stop };
}

/**
 * The prompts that ask a student `questions`. Throws UserError INVALID_ARGUMENT when a template is wrong, or messages
 * are given and the model has no chat template.
 */
export async function studentPrompts(
  model: AskedModel,
  domain: AskedDomain,
  settings: PromptSettings | undefined,
  questions: readonly string[],
): Promise<Prompts> {
  const { chats: asked, texts, stop } = await studentQuestions(model, domain, settings, questions);
  return asked === undefined ? raw(texts, stop) : chats(model, asked, stop);
}

/** What asks a teacher for a problem: a text, messages, or either, as the model can be asked. */
export interface TeacherPrompt {
  readonly text?: string;
  readonly messages?: readonly ChatMessage[];
  readonly stop: readonly string[];
}

export function teacherPrompt(
  { definition }: AskedDomain,
  settings: PromptSettings | undefined,
): TeacherPrompt {
  const { messages = [], text = '', stop = [] } = settings ?? {};
  if (text !== '') return { text, stop };
  if (messages.length > 0) return { messages, stop };
  const own = definition.teacher!;
  return {
    ...(own.text !== '' && { text: own.text }),
    ...(own.messages.length > 0 && { messages: own.messages }),
    stop: stop.length > 0 ? stop : own.stop,
  };
}

/** The prompts of raw texts. */
function raw(texts: readonly string[], stop: readonly string[]): Prompts {
  return { texts, isChat: false, stop, endIds: [] };
}

/**
 * Chats where they are given and the model can read them, else texts. Throws UserError where chats alone are given to a
 * model without a chat template.
 */
export function chatsOrTexts(
  model: AskedModel,
  asked: { readonly texts: readonly string[]; readonly chats: readonly (readonly ChatMessage[])[] },
  stop: readonly string[],
): Promise<Prompts> {
  const usesChats = asked.chats.length > 0 && (model.chatTemplate !== undefined || asked.texts.length === 0);
  return usesChats ? chats(model, asked.chats, stop) : Promise.resolve(raw(asked.texts, stop));
}

/** The tokens of one of `prompts`. Throws UserError on a character that the tokenizer does not have. */
export function promptIds({ tokenizer }: AskedModel, { isChat }: Prompts, text: string): number[] {
  return tokenizer.encode(text, { bos: !isChat });
}

/** The prompts of chats in which the model speaks next. Throws UserError when it has no chat template. */
async function chats(
  { tokenizer, chatTemplate }: AskedModel,
  asked: readonly (readonly ChatMessage[])[],
  stop: readonly string[],
): Promise<Prompts> {
  if (chatTemplate === undefined) {
    throw new UserError(
      'prompt: messages: the model has no chat template (chat_template.jinja, or chat_template in ' +
        'tokenizer_config.json); give a text instead',
      'INVALID_ARGUMENT',
      'prompt.messages',
    );
  }
  const texts = await renderChats({ chatTemplate }, asked, { generationPrompt: true });
  return { texts, isChat: true, stop, endIds: endOfChat({ tokenizer, chatTemplate }) };
}

/** Chats as the model's template writes them; with `generationPrompt`, the assistant speaks next. Throws UserError. */
export function renderChats(
  { chatTemplate }: Pick<AskedModel, 'chatTemplate'>,
  asked: readonly (readonly ChatMessage[])[],
  { generationPrompt }: { readonly generationPrompt: boolean },
): Promise<string[]> {
  const { source: template, where, bosToken: bos_token, eosToken: eos_token } = chatTemplate!;
  const renders = asked.map((messages): Render => {
    return { template, values: { messages, add_generation_prompt: generationPrompt, bos_token, eos_token } };
  });
  return renderAll(renders, where);
}

/** The token that ends a message, where the folder names one. */
function endOfChat({ tokenizer, chatTemplate }: AskedModel): number[] {
  const { eosToken = '' } = chatTemplate ?? {};
  const end = eosToken === '' ? [] : tokenizer.encode(eosToken, { bos: false });
  return end.length === 1 ? end : [];
}

/** Tokens that end an answer; first the one that the folder's tokenizer names, where it does. */
export function endIdsOf(model: AskedModel): number[] {
  return [...new Set([...endOfChat(model), ...model.tokenizer.eosIds])];
}

/** The messages with each question in its place. */
async function filled(
  messages: readonly ChatMessage[],
  questions: readonly string[],
  what: string,
): Promise<ChatMessage[][]> {
  const contents: string[][] = [];
  for (const { content } of messages) contents.push(await fillAll(content, questions, what));
  return questions.map((_, q) => messages.map(({ role }, m) => ({ role, content: contents[m]![q]! })));
}
