/**
 * Answers judged by the verifier, over gRPC, in batches. Equal answers to one question are sent once. Calls to a
 * verifier that is unavailable or overloaded are retried, within a bound.
 */
import { type DomainDefinition, Verdict, VerifierService, type Verification } from '@soar/contracts';
import { InvariantError, retry, type RetryPolicy } from '@soar/core';
import { type CallCredentials, createClient, type Client } from '@soar/grpc-kit';

/** The grade of one answer. */
export interface Grade {
  readonly correct: boolean;
  /** Undecided, ended in a timeout, or against a gold answer that cannot be read; never correct. */
  readonly ungraded: boolean;
  readonly reward: number;
  readonly verdict: Verdict;
  /** The rule that found the answer: "boxed", "phrase", ...; "none" without an answer. */
  readonly rule: string;
  /** The answer that was found; empty without one. */
  readonly extracted: string;
}

/** What an answer is graded against. */
export interface Gold {
  readonly answer: string;
  /** Options of the grading that the problem states itself, as in the contract. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly gold: Gold;
  readonly response: string;
}

/** Whose answers they are: a name, and the definition of a domain that is not one of this project's. */
export interface GradedDomain {
  readonly name: string;
  readonly own: DomainDefinition | undefined;
}

/** Equal for golds that grade alike. */
export function keyOf({ answer, options }: Gold): string {
  return Object.keys(options).length === 0 ? answer : `${answer}\u0000${JSON.stringify(options)}`;
}

const ITEMS_MAX = 10_000;
/** Below the 4 MiB that the contract allows, in UTF-16 units; a character may take three bytes. */
const CHARS_MAX = 1_000_000;
const CALL_MS_MAX = 600_000;
const AWAY_MS_DEFAULT = 60_000;
/**
 * A verifier that stays overloaded says when to come again, at the earliest in 100 ms: that makes a minute and more.
 */
const RETRY_POLICY: RetryPolicy = { attemptsMax: 600, firstWaitMs: 100, waitMsMax: 5_000 };

export class Grader {
  private readonly client: Client<typeof VerifierService>;

  /**
   * `credentials`: default plain text. `awayMs`: how long calls are retried while the verifier is unavailable or
   * overloaded.
   */
  constructor(
    address: string,
    credentials?: CallCredentials,
    private readonly awayMs = AWAY_MS_DEFAULT,
  ) {
    this.client = createClient(VerifierService, address, { credentials });
  }

  /** One grade for each answer, in order. `extraction`: what counts as an answer; '' is the domain's default. */
  async grade(
    { name: domain, own: domainDefinition }: GradedDomain,
    answers: readonly Answer[],
    signal: AbortSignal,
    extraction = '',
  ): Promise<Grade[]> {
    const options = extraction === '' ? {} : { extraction: JSON.stringify(extraction) };
    const places = new Map<string, number>();
    const distinct: Answer[] = [];
    const placeOf = answers.map((answer) => {
      const key = `${keyOf(answer.gold)}\u0000${answer.response}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, distinct.length);
      return distinct.push(answer) - 1;
    });
    const grades: Grade[] = [];
    for (const batch of batches(distinct)) {
      const items = batch.map(({ gold: { answer: gold, options }, response }) => ({
        gold,
        response,
        options,
      }));
      const { verifications } = await retry({ ...RETRY_POLICY, silenceMsMax: this.awayMs, signal }, () =>
        this.client.verifyBatch(
          { domain, items, options, ...(domainDefinition && { domainDefinition }) },
          { signal, deadlineMs: CALL_MS_MAX },
        ),
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
}

/** Verdicts that say nothing about the answer. */
const NO_VERDICTS: ReadonlySet<Verdict> = new Set([
  Verdict.UNDECIDED,
  Verdict.TIMEOUT,
  Verdict.GOLD_UNPARSEABLE,
]);

function gradeOf({ verdict, reward, stage, boxed, extracted }: Verification): Grade {
  return {
    extracted,
    // Domains with one answer mark name no rule.
    rule: /^extract:(none|[a-z]+)\b/.exec(stage)?.[1] ?? (boxed ? 'boxed' : 'none'),
    correct: verdict === Verdict.CORRECT,
    ungraded: NO_VERDICTS.has(verdict),
    reward,
    verdict,
  };
}

function* batches(answers: readonly Answer[]): Generator<Answer[]> {
  let batch: Answer[] = [];
  let chars = 0;
  for (const answer of answers) {
    const own = answer.gold.answer.length + answer.response.length;
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
