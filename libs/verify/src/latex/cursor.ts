/**
 * A position in the lexemes of an answer, with the limits of parsing. Every level of the parser fails by throwing
 * `ParseFailure`; only `parse` catches it.
 */
import type { Budget } from '../budget.js';
import type { Lexeme } from './lexemes.js';

/** The answer does not follow the grammar; the message says where. Never leaves this package. */
export class ParseFailure extends Error {
  override readonly name = 'ParseFailure';
}

/** Nested groups an answer may have. */
const DEPTH_MAX = 150;

export class Cursor {
  private at = 0;
  private depth = 0;
  /** Open `|...|` pairs at the current place: a bar inside one closes it. */
  bars = 0;
  /** Whether a colon makes a ratio here; in a set-builder it ends the element. */
  ratios = true;
  /** Indices of enclosing sums, where `i` is not the imaginary unit. */
  readonly indices = new Set<string>();

  constructor(
    private lexemes: Lexeme[],
    readonly budget: Budget,
  ) {}

  /** The lexeme `ahead` places on. */
  peek(ahead = 0): Lexeme | undefined {
    return this.lexemes[this.at + ahead];
  }

  get done(): boolean {
    return this.at >= this.lexemes.length;
  }

  /** A place to return to with `rewind`. */
  get mark(): number {
    return this.at;
  }

  rewind(mark: number): void {
    this.at = mark;
  }

  /** Takes the next lexeme. */
  next(): Lexeme {
    const lexeme = this.lexemes[this.at];
    if (lexeme === undefined) throw new ParseFailure('unexpected end');
    this.budget.spend(4);
    this.at++;
    return lexeme;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const lexeme = this.lexemes[this.at + ahead];
    return lexeme?.kind === 'symbol' && lexeme.text === text;
  }

  isCommand(text: string, ahead = 0): boolean {
    const lexeme = this.lexemes[this.at + ahead];
    return lexeme?.kind === 'command' && lexeme.text === text;
  }

  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.next();
    return true;
  }

  takeCommand(text: string): boolean {
    if (!this.isCommand(text)) return false;
    this.next();
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) this.fail(`expected ${text}`);
  }

  /** Puts `lexeme` in front of what comes next: for a number of which a command took only a digit. */
  insert(lexeme: Lexeme): void {
    this.lexemes = [...this.lexemes.slice(0, this.at), lexeme, ...this.lexemes.slice(this.at)];
  }

  /** Removes the alignment marks before the next `end` command. */
  dropAlignment(end: string): void {
    const to = this.lexemes.findIndex((_, i) => i >= this.at && this.isCommand(end, i - this.at));
    if (to < 0) return;
    this.budget.spend(to - this.at);
    const inside = this.lexemes
      .slice(this.at, to)
      .filter(({ kind, ...rest }) => kind !== 'symbol' || !('text' in rest) || rest.text !== '&');
    this.lexemes = [...this.lexemes.slice(0, this.at), ...inside, ...this.lexemes.slice(to)];
  }

  /** Runs `parse` one level deeper; bars of outer levels do not close inner groups. */
  nested<T>(parse: () => T): T {
    if (++this.depth > DEPTH_MAX) throw new ParseFailure(`nested deeper than ${DEPTH_MAX}`);
    const { bars, ratios } = this;
    this.bars = 0;
    this.ratios = true;
    const result = parse();
    this.bars = bars;
    this.ratios = ratios;
    this.depth--;
    return result;
  }

  fail(what: string): never {
    const lexeme = this.peek();
    const found =
      lexeme === undefined ? 'the end' : lexeme.kind === 'number' ? lexeme.numeral.text : lexeme.text;
    throw new ParseFailure(`${what}, got ${JSON.stringify(found.slice(0, 24))}`);
  }
}
