/** Reads typed fields of a Hugging Face JSON file; each error names file, field, what was expected and what was got. */
import { UserError } from '@soar/core';

type Json = Readonly<Record<string, unknown>>;

export class JsonFields {
  private constructor(
    private readonly json: Json,
    /** The file, for messages. */
    readonly source: string,
    private readonly defaults: Json,
  ) {}

  /** `defaults` stand in for fields that the file does not have. Throws UserError unless `json` is an object. */
  static of(json: unknown, source: string, defaults: Json = {}): JsonFields {
    if (isObject(json)) return new JsonFields(json, source, defaults);
    throw new UserError(`${source}: expected a JSON object, got ${show(json)}`, 'INVALID_ARGUMENT', source);
  }

  /** The same fields with other defaults. */
  withDefaults(defaults: Json): JsonFields {
    return new JsonFields(this.json, this.source, defaults);
  }

  /**
   * The raw value; undefined for null, which Hugging Face writes for "not set". A null that is written wins over a
   * default.
   */
  get(name: string): unknown {
    return (name in this.json ? this.json[name] : this.defaults[name]) ?? undefined;
  }

  /** The raw value in the file, whatever the defaults say. */
  written(name: string): unknown {
    return this.json[name] ?? undefined;
  }

  /** The object at `name`, whose errors name both; undefined when not set. */
  object(name: string): JsonFields | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : JsonFields.of(value, `${this.source}: ${name}`);
  }

  fail(name: string, expected: string): never {
    throw new UserError(
      `${this.source}: ${name}: expected ${expected}, got ${show(this.get(name))}`,
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
  positive(name: string, fallback?: number): number {
    const value = this.get(name) ?? fallback;
    return isPositive(value) ? value : this.fail(name, 'a number above 0');
  }

  /** A number above 0; undefined when not set. */
  optionalPositive(name: string): number | undefined {
    return this.get(name) === undefined ? undefined : this.positive(name);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.get(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(name, 'true or false');
  }

  /** A list of `length` items that `accepts` takes; undefined when not set. */
  list<T>(
    name: string,
    length: number,
    accepts: (item: unknown) => item is T,
    what: string,
  ): readonly T[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length === length && value.every(accepts)) return value;
    return this.fail(name, `${length} of ${what}`);
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

export function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
