/**
 * Text of tokens that come one at a time.
 *
 * A token may hold part of a character, and what a token is worth may depend on the one before it. So a short window of
 * the last tokens is decoded each time, and what is new and final in it is emitted: all but a trailing U+FFFD, which
 * stands for bytes that may yet become a character (a truncated UTF-8 sequence at the end decodes to exactly one;
 * WHATWG Encoding, "UTF-8 decoder"). The emitted pieces and `end()` add up to the text of all tokens.
 */

export interface StreamDecoderParts {
  /** Text of ids, all of which are shown. */
  readonly decode: (ids: number[]) => string;
  /** Whether an id is worth text at all. */
  readonly isShown: (id: number) => boolean;
  /** Emits nothing before `end()`: for decoders whose text of a token depends on later ones. */
  readonly holdsAll: boolean;
}

/** What stands for bytes that are no whole character. */
const REPLACEMENT = '\ufffd';
/** Tokens kept as context; a character has at most 4 bytes, hence at most 4 tokens. */
const CONTEXT_TOKENS = 8;
/** The window is cut back to its context at this length. */
const WINDOW_TOKENS_MAX = 24;

export class StreamDecoder {
  private window: number[] = [];
  /** How much of the window's text is emitted, in UTF-16 units. */
  private emitted = 0;

  constructor(private readonly parts: StreamDecoderParts) {}

  /** What `id` adds to the text; empty while a character is incomplete. */
  push(id: number): string {
    if (!this.parts.isShown(id)) return '';
    this.window.push(id);
    if (this.parts.holdsAll) return '';
    const text = this.parts.decode(this.window);
    const final = finalLength(text);
    const added = text.slice(this.emitted, final);
    this.emitted = Math.max(this.emitted, final);
    if (this.window.length >= WINDOW_TOKENS_MAX) {
      this.window = this.window.slice(-CONTEXT_TOKENS);
      this.emitted = finalLength(this.parts.decode(this.window));
    }
    return added;
  }

  /** What is left; the decoder may be used again for another text. */
  end(): string {
    const text = this.window.length === 0 ? '' : this.parts.decode(this.window).slice(this.emitted);
    this.window = [];
    this.emitted = 0;
    return text;
  }
}

function finalLength(text: string): number {
  return text.endsWith(REPLACEMENT) ? text.length - 1 : text.length;
}
