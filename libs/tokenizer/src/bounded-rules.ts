/**
 * A bound for the rules of a tokenizer.json. Its regular expressions and replacements come from a model folder and are
 * hostile until they have ended: `([0-9]+)+Z` takes minutes for 30 digits, and thirty rules that double a letter make a
 * gigabyte of one.
 *
 * V8 can end JavaScript at any point, regular expressions included, for scripts that run with a timeout. So rules stay
 * where they are called, on the caller's thread and without a copy of the text, and cost a timer more. Rules without
 * expressions that do not lengthen a text need none.
 */
import { Script } from 'node:vm';
import { UserError } from '@soar/core';

/** Longest time for a text, and for each of its characters. A megabyte of prose takes a third of it. */
const MS_MAX = 500;
const MS_PER_CHARACTER = 0.002;
/** The limit is of real time, which a machine that stands still spends too: one try is not enough. */
const TRIES = 2;

/** A script can only call what is global; it is there during the call alone. */
const CALL = '__soarBoundedCall';
const callGlobal = new Script(`globalThis.${CALL}()`);

/** Whether running the rules in `part` of a tokenizer.json (a normalizer, a decoder, ...) needs a bound. */
export function needsBound(part: unknown): boolean {
  if (Array.isArray(part)) return part.some(needsBound);
  if (typeof part !== 'object' || part === null) return false;
  const { pattern, content } = part as { readonly pattern?: unknown; readonly content?: unknown };
  if (pattern !== undefined && !isShortening(pattern, content)) return true;
  return Object.values(part).some(needsBound);
}

/** A replacement of one text by one that is not longer. A split at a text has no `content` and adds none. */
function isShortening(pattern: unknown, content: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  const { String: from } = pattern as { readonly String?: unknown };
  if (typeof from !== 'string' || from === '') return false;
  return content === undefined || (typeof content === 'string' && content.length <= from.length);
}

/** Runs the rules of one tokenizer. */
export class BoundedRules {
  private isRefused = false;

  /** `source` begins every message. */
  constructor(private readonly source: string) {}

  /**
   * What `call`, which has no effects, returns. Throws UserError when it takes too long for a text of `characters`. The
   * tokenizer is refused from then on, so that it cannot hold up its thread again.
   */
  run<T>(call: () => T, characters: number): T {
    if (this.isRefused) throw this.error('took too long before');
    const timeout = Math.ceil(MS_MAX + characters * MS_PER_CHARACTER);
    for (let i = 0; i < TRIES; i++) {
      try {
        return within(timeout, call);
      } catch (error) {
        if (!isTimeout(error)) throw error;
      }
    }
    this.isRefused = true;
    throw this.error(`takes more than ${timeout} ms for a text of ${characters} characters`);
  }

  private error(what: string): UserError {
    return new UserError(
      `${this.source}: a rule of the tokenizer ${what}; correct the regular expressions and replacements of its ` +
        'normalizer, pre_tokenizer and decoder',
      'INVALID_ARGUMENT',
      this.source,
    );
  }
}

/** What `call` returns. Throws the error that `isTimeout` knows when it is not done within `timeout` milliseconds. */
function within<T>(timeout: number, call: () => T): T {
  let result: { readonly value: T } | undefined;
  Reflect.set(globalThis, CALL, () => {
    result = { value: call() };
  });
  try {
    callGlobal.runInThisContext({ timeout });
  } finally {
    Reflect.deleteProperty(globalThis, CALL);
  }
  return result!.value;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
