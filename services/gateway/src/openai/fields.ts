/**
 * The fields of a JSON object from outside, read one by one: each by its name, with what is expected of it. null counts
 * as absent, as in OpenAI's API. What was not read at the end is refused by name, so that nothing is silently ignored.
 */
import { invalid, RefusedParameter } from './errors.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

export class Fields {
  private readonly values: ReadonlyMap<string, unknown>;
  private readonly unread: Set<string>;

  /** `path`: where the object stands, for messages; empty for the body itself. */
  constructor(
    value: unknown,
    private readonly path = '',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(path || 'body', 'a JSON object', value);
    this.values = new Map(Object.entries(value).filter(([, each]) => each !== null));
    this.unread = new Set(this.values.keys());
  }

  /** The field's name with the path before it. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  any(name: string): unknown {
    this.unread.delete(name);
    return this.values.get(name);
  }

  number(name: string, { min, max }: Range): number | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw invalid(this.at(name), `a number from ${min} to ${max}`, value);
  }

  integer(name: string, { min, max }: Range): number | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number;
    throw invalid(this.at(name), `a whole number from ${min} to ${max}`, value);
  }

  flag(name: string): boolean {
    const value = this.any(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw invalid(this.at(name), 'true or false', value);
  }

  text(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === 'string') return value;
    throw invalid(this.at(name), 'a string', value);
  }

  /** An object in a field; empty where it is absent. */
  object(name: string): Fields {
    return new Fields(this.any(name) ?? {}, this.at(name));
  }

  /** Throws for the first field that nobody read. */
  end(): void {
    const [name] = this.unread;
    if (name === undefined) return;
    throw new RefusedParameter(
      this.at(name),
      'this endpoint does not know it; leave it out',
      'unknown_parameter',
    );
  }
}
