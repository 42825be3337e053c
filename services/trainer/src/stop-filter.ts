/**
 * Text that comes in pieces, up to the first stop text. What may be the beginning of a stop text is held back until it
 * is one or is not, so that what is let through adds up to the text before it.
 */
import { stopAt } from '@soar/prompts';

export class StopFilter {
  private held = '';
  private met = false;

  constructor(private readonly stop: readonly string[]) {}

  /** Whether a stop text was met; nothing is let through any more. */
  get isMet(): boolean {
    return this.met;
  }

  /** What can be let through, after `piece` came. */
  push(piece: string): string {
    if (this.met) return '';
    const text = this.held + piece;
    const at = stopAt(text, this.stop);
    this.met = at >= 0;
    const end = this.met ? at : text.length - this.beginning(text);
    this.held = this.met ? '' : text.slice(end);
    return text.slice(0, end);
  }

  /** What was held back and turned out to be no stop text. */
  end(): string {
    const text = this.held;
    this.held = '';
    return text;
  }

  /** Length of the longest end of `text` that a stop text begins with. */
  private beginning(text: string): number {
    const longest = this.stop.reduce((max, { length }) => Math.max(max, length - 1), 0);
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.stop.some((each) => each.startsWith(end))) return length;
    }
    return 0;
  }
}
