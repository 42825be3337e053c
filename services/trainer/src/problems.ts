/** Problems as the model sees them: the domain's prompt, in tokens. Checked whole, before any work. */
import type { Problem } from '@soar/contracts';
import { UserError, messageOf } from '@soar/core';
import type { Domain } from '@soar/domains';
import type { Model } from './checkpoints.js';

/** A problem ready to be answered. */
export interface PreparedProblem {
  readonly id: string;
  /** The gold answer. */
  readonly gold: string;
  readonly prompt: readonly number[];
}

/** Prepares `problems`; `field` is where the request has them. Throws UserError that names the problem. */
export function prepareProblems(
  problems: readonly Problem[],
  domain: Domain,
  { tokenizer, config }: Model,
  field: string,
): PreparedProblem[] {
  const seen = new Set<string>();
  return problems.map(({ id, question, answer }, i) => {
    const at = `${field}[${i}]`;
    const refuse = (what: string): never => {
      throw new UserError(`${at}: problem "${id}": ${what}`, 'INVALID_ARGUMENT', at);
    };
    if (seen.has(id)) refuse('its id is there twice; ids are unique');
    seen.add(id);
    let prompt: number[] = [];
    try {
      prompt = tokenizer.encode(domain.studentPrompt(question), { bos: true });
    } catch (error) {
      refuse(messageOf(error));
    }
    if (prompt.length === 0) refuse('its prompt has no tokens');
    if (prompt.length >= config.maxPositionEmbeddings) {
      refuse(
        `its prompt of ${prompt.length} tokens leaves no room for an answer ` +
          `in the model's ${config.maxPositionEmbeddings} positions`,
      );
    }
    return { id, gold: answer, prompt };
  });
}
