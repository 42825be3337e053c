/** Reads typed fields of a Hugging Face JSON file; each error names file, field, what was expected and what was got. */
import { UserError } from '@soar/core';

export class JsonFields {
  private constructor(
    private readonly json: Readonly<Record<string, unknown>>,
    /** The file, for messages. */
    readonly source: string,
  ) {}

  /** Throws UserError unless `json` is an object. */
  static of(json: unknown, source: string): JsonFields {
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
      return new JsonFields(json as Record<string, unknown>, source);
    }
    throw new UserError(`${source}: expected a JSON object, got ${show(json)}`, 'INVALID_ARGUMENT', source);
  }

  /** The raw value; undefined for null, which Hugging Face writes for "not set". */
  get(name: string): unknown {
    return this.json[name] ?? undefined;
  }

  fail(name: string, expected: string): never {
    const got = show(this.json[name]);
    throw new UserError(
      `${this.source}: ${name}: expected ${expected}, got ${got}`,
      'INVALID_ARGUMENT',
      name,
    );
  }

  /** A whole number from `min` to `max`. */
  integer(name: string, min: number, max: number, fallback?: number): number {
    const value = this.get(name) ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value as number;
    }
    return this.fail(name, `a whole number from ${min} to ${max}`);
  }

  /** A number above 0. */
  positive(name: string, fallback: number): number {
    const value = this.get(name) ?? fallback;
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : this.fail(name, 'a number above 0');
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.get(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(name, 'true or false');
  }

  /** One token id or a list of them, as Hugging Face writes eos_token_id; undefined when not set. */
  tokenIds(name: string, vocabSize: number): readonly number[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    const ok = ids.every(
      (id) => Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < vocabSize,
    );
    return ok && ids.length <= 256
      ? (ids as number[])
      : this.fail(name, `token ids from 0 to ${vocabSize - 1} (below vocab_size)`);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
