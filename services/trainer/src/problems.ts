/** Problems as the model sees them: prompts in tokens. Checked whole, before any work. */
import type { Problem, PromptConfig } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { promptIds, studentPrompts } from '@soar/prompts';
import type { Model } from './checkpoints.js';
import type { Gold } from './grading.js';
import type { RequestDomain } from './request-domain.js';

/** A problem ready to be answered. */
export interface PreparedProblem {
  readonly id: string;
  readonly gold: Gold;
  readonly prompt: readonly number[];
}

/** What an answer ends with, beside the end tokens of the model's configuration. */
export interface AnswerEnds {
  readonly stop: readonly string[];
  readonly endIds: readonly number[];
}

export interface PreparedProblems extends AnswerEnds {
  readonly problems: readonly PreparedProblem[];
}

/** How problems are put to a model. */
export interface Asking {
  readonly domain: RequestDomain;
  readonly prompt: PromptConfig | undefined;
}

/** Prepares `problems`; `field` is where the request has them. Throws UserError that names the problem. */
export async function prepareProblems(
  problems: readonly Problem[],
  { domain, prompt: settings }: Asking,
  model: Model,
  field: string,
): Promise<PreparedProblems> {
  const refuse = (i: number, what: string): never => {
    const at = `${field}[${i}]`;
    throw new UserError(`${at}: problem "${problems[i]!.id}": ${what}`, 'INVALID_ARGUMENT', at);
  };
  const seen = new Set<string>();
  problems.forEach(({ id }, i) => {
    if (seen.has(id)) refuse(i, 'its id is there twice; ids are unique');
    seen.add(id);
  });
  const questions = problems.map(({ question }) => question);
  const prompts = await studentPrompts(model, domain, settings, questions);
  const { maxPositionEmbeddings: positions } = model.config;
  const idsOf = (text: string, i: number): number[] => {
    try {
      return promptIds(model, prompts, text);
    } catch (error) {
      return refuse(i, messageOf(error));
    }
  };
  const prepared = prompts.texts.map((text, i) => {
    const prompt = idsOf(text, i);
    if (prompt.length === 0) refuse(i, 'its prompt has no tokens');
    if (prompt.length >= positions) {
      refuse(
        i,
        `its prompt of ${prompt.length} tokens leaves no room for an answer in the model's ${positions} positions`,
      );
    }
    return {
      id: problems[i]!.id,
      gold: { answer: problems[i]!.answer, options: problems[i]!.options },
      prompt,
    };
  });
  return { problems: prepared, stop: prompts.stop, endIds: prompts.endIds };
}
