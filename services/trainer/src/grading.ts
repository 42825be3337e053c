/**
 * Answers judged by the verifier, over gRPC, in batches. Equal answers to one question are sent once. A verifier that
 * is away or overloaded is waited for, within a bound.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Verdict, VerifierService, type Verification } from '@soar/contracts';
import { InvariantError, UserError } from '@soar/core';
import { type CallCredentials, createClient, type Client } from '@soar/grpc-kit';

/** What one answer came to. */
export interface Grade {
  readonly correct: boolean;
  /** Undecided, or ended in a timeout; never correct. */
  readonly ungraded: boolean;
  readonly reward: number;
}

export interface Answer {
  readonly gold: string;
  readonly response: string;
}

const ITEMS_MAX = 10_000;
/** Below the 4 MiB that the contract allows, in UTF-16 units; a character may take three bytes. */
const CHARS_MAX = 1_000_000;
const CALL_MS_MAX = 600_000;
const AWAY_MS_DEFAULT = 60_000;
const FIRST_WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

export class Grader {
  private readonly client: Client<typeof VerifierService>;

  /**
   * `credentials`: default plain text. `awayMs`: longest time that the verifier is waited for while it is away or
   * overloaded.
   */
  constructor(
    address: string,
    credentials?: CallCredentials,
    private readonly awayMs = AWAY_MS_DEFAULT,
  ) {
    this.client = createClient(VerifierService, address, { credentials });
  }

  /** One grade for each answer, in order. */
  async grade(domain: string, answers: readonly Answer[], signal: AbortSignal): Promise<Grade[]> {
    const places = new Map<string, number>();
    const distinct: Answer[] = [];
    const placeOf = answers.map((answer) => {
      const key = `${answer.gold}\u0000${answer.response}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, distinct.length);
      return distinct.push(answer) - 1;
    });
    const grades: Grade[] = [];
    for (const items of batches(distinct)) {
      const { verifications } = await this.patiently(
        () => this.client.verifyBatch({ domain, items }, { signal, deadlineMs: CALL_MS_MAX }),
        signal,
      );
      if (verifications.length !== items.length) {
        throw new InvariantError(`VerifyBatch: ${items.length} items, ${verifications.length} verdicts`);
      }
      grades.push(...verifications.map(gradeOf));
    }
    return placeOf.map((place) => grades[place]!);
  }

  close(): void {
    this.client.close();
  }

  private async patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const deadline = performance.now() + this.awayMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, WAIT_MS_MAX)) {
      try {
        return await call();
      } catch (error) {
        const away =
          error instanceof UserError &&
          (error.reason === 'UNAVAILABLE' || error.reason === 'RESOURCE_EXHAUSTED');
        if (!away || signal.aborted || performance.now() + waitMs > deadline) throw error;
        await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }
}

function gradeOf({ verdict, reward }: Verification): Grade {
  return {
    correct: verdict === Verdict.CORRECT,
    ungraded: verdict === Verdict.UNDECIDED || verdict === Verdict.TIMEOUT,
    reward,
  };
}

function* batches(answers: readonly Answer[]): Generator<Answer[]> {
  let batch: Answer[] = [];
  let chars = 0;
  for (const answer of answers) {
    const own = answer.gold.length + answer.response.length;
    if (batch.length > 0 && (batch.length >= ITEMS_MAX || chars + own > CHARS_MAX)) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(answer);
    chars += own;
  }
  if (batch.length > 0) yield batch;
}
