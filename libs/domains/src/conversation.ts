/**
 * The raw prompt of a model without a chat template: a conversation that the model continues, as in section 3 of the
 * paper. A model that goes on to write the User's next turn has answered before it.
 */

/** A conversation that begins with `turn` of the User and continues with the Assistant's. */
export function conversation(scene: string, turn: string): string {
  return `A conversation between User and Assistant. ${scene}\nUser: ${turn}\nAssistant:`;
}

/** What begins another turn of it. */
export const NEXT_TURN: readonly string[] = ['\nUser:'];
