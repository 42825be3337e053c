/**
 * A proposal in two turns (paper, appendix D.3): the teacher writes a question, and is then asked for its answer behind
 * it. The two texts together are read as the one text of a single turn would be, so every domain can be asked so.
 *
 * Each turn is a rollout of its own in the update, with the tokens of its own prompt: nothing that was not sampled is
 * trained on, and both have the advantage of their dataset, so Proposition 1 holds for the two as one. Pure.
 */
import type { GenerateRequestSchema, MessageInitShape, PromptConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import { closedQuestion, type AskedDomain } from '@soar/domains';

type Asked = Pick<MessageInitShape<typeof GenerateRequestSchema>, 'prompts' | 'chats' | 'stop'>;

/** Refuses turns of different forms, before any work. */
export function checkTurns(prompt: PromptConfig | undefined, answer: PromptConfig | undefined): void {
  if (answer === undefined) return;
  const isChat = answer.messages.length > 0;
  const fits = isChat
    ? (prompt?.messages ?? []).length > 0
    : answer.text !== '' && (prompt?.text ?? '') !== '';
  if (fits) return;
  throw new UserError(
    'answer_prompt: expected messages behind the messages of prompt, or text behind its text',
    'INVALID_ARGUMENT',
    'answer_prompt',
  );
}

/** What asks for the answers to `questions`, one prompt each, as the teacher wrote them. */
export function answerTurns(prompt: PromptConfig, answer: PromptConfig, questions: readonly string[]): Asked {
  const { stop } = answer;
  if (answer.messages.length === 0)
    return { prompts: questions.map((question) => prompt.text + question + answer.text), stop };
  const chats = questions.map((content) => ({
    messages: [...prompt.messages, { role: 'assistant', content }, ...answer.messages],
  }));
  return { chats, stop };
}

/** Both turns as one text, in which the question ends before the answer of the second one. */
export function joined({ definition }: AskedDomain, question: string, answer: string): string {
  return closedQuestion(question, definition.proposal) + answer;
}
