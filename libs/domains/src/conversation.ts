/**
 * The prompts of a student: the user's turn of a chat and, for a model without a chat template, a conversation that the
 * model continues, as in section 3 of the paper. A model that goes on to write the User's next turn has answered before
 * it.
 */
import type { DomainPrompt } from './definition.js';

/** Asks with `turn`, in which {{question}} stands for the question. */
export function studentPrompt(scene: string, turn: string): DomainPrompt {
  return {
    messages: [{ role: 'user', content: turn }],
    text: `A conversation between User and Assistant. ${scene}\nUser: ${turn}\nAssistant:`,
    stop: [],
    textStop: ['\nUser:'],
  };
}
