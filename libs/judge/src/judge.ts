/**
 * Judges questions and their stated answers by a model, for reports alone: no reward, no choice in a run depends on it.
 * What the model says is an opinion. It is counted beside what it did not say: refusals, replies that cannot be read,
 * calls that were late or failed.
 */
import { createHash } from 'node:crypto';
import { mapConcurrent, messageOf, Random, UserError } from '@soar/core';
import type { CallOptions } from './call.js';
import { complete, type Reply } from './endpoint.js';
import type { JudgeSettings } from './settings.js';

export interface JudgedQuestion {
  readonly id: string;
  readonly question: string;
  /** As its teacher stated it. */
  readonly answer: string;
}

/** How the judging of a question ended. */
export type Outcome = 'judged' | 'refused' | 'unreadable' | 'late' | 'failed';

export interface Judgement extends JudgedQuestion {
  readonly outcome: Outcome;
  /** Absent unless judged. */
  readonly wellPosed?: boolean;
  /** Never true for a question that is not well-posed. Absent unless judged. */
  readonly correct?: boolean;
}

export interface JudgeReport {
  readonly format: 'soar-judge/1';
  readonly model: string;
  readonly url: string;
  /** SHA-256 of the prompt's template. */
  readonly promptSha256: string;
  readonly seed: number;
  /** Questions that there were, and how many of them were drawn. */
  readonly questions: number;
  readonly sampled: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of the judged ones. */
  readonly wellPosed: number;
  readonly correct: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** US dollars; absent where no price was given. */
  readonly cost?: number;
  readonly retries: number;
  readonly judgements: readonly Judgement[];
}

const CALLS_AT_A_TIME = 4;
/** Calls in a row that may fail before the rest is given up. */
const FAILURES_IN_A_ROW_MAX = 5;

/**
 * Which `samples` of `count` things are judged, in order; a function of its arguments alone. Floyd's method: memory and
 * time follow from the sample. Things beyond the first 2^31 are never drawn.
 */
export function sampleOf(count: number, samples: number, seed: number): number[] {
  const random = Random.of(seed).at('judge');
  const all = Math.min(count, 2 ** 31);
  const drawn = new Set<number>();
  for (let last = Math.max(0, all - samples), i = 0; last < all; last++, i++) {
    const at = random.integer(i, last + 1);
    drawn.add(drawn.has(at) ? last : at);
  }
  return [...drawn].sort((a, b) => a - b);
}

/** What the judging is part of. */
export interface Judging extends CallOptions {
  readonly seed: number;
  /** Questions that the sample was drawn from. */
  readonly questions: number;
  readonly onJudged?: (done: number) => void;
}

/**
 * Judges `sample`. Throws UserError when the endpoint will never answer or keeps failing; single failures are outcomes.
 */
export async function judge(
  settings: JudgeSettings,
  sample: readonly JudgedQuestion[],
  judging: Judging,
): Promise<JudgeReport> {
  const tokens = { input: 0, output: 0 };
  let [retries, inARow, done] = [0, 0, 0];
  const one = async (question: JudgedQuestion): Promise<Judgement> => {
    try {
      const reply = await complete(settings, filled(settings.prompt, question), {
        ...judging,
        onRetry: () => void retries++,
      });
      inARow = 0;
      tokens.input += reply.inputTokens;
      tokens.output += reply.outputTokens;
      return { ...question, ...verdictIn(reply) };
    } catch (error) {
      if (!(error instanceof UserError) || error.reason === 'FAILED_PRECONDITION') throw error;
      if (++inARow > FAILURES_IN_A_ROW_MAX) {
        const what = `${messageOf(error)}; ${inARow} calls in a row failed, so the others are not made`;
        throw new UserError(what, error.reason, undefined, { cause: error });
      }
      return { ...question, outcome: error.reason === 'DEADLINE_EXCEEDED' ? 'late' : 'failed' };
    } finally {
      judging.onJudged?.(++done);
    }
  };
  const judgements = await mapConcurrent(sample, CALLS_AT_A_TIME, one);
  const { price } = settings;
  const cost = price && (tokens.input * price.input + tokens.output * price.output) / 1e6;
  return {
    format: 'soar-judge/1',
    model: settings.model,
    url: settings.url.href,
    promptSha256: createHash('sha256').update(settings.prompt).digest('hex'),
    seed: judging.seed,
    questions: judging.questions,
    sampled: sample.length,
    outcomes: countsOf(judgements),
    wellPosed: judgements.filter(({ wellPosed }) => wellPosed === true).length,
    correct: judgements.filter(({ correct }) => correct === true).length,
    tokens,
    ...(cost !== undefined && { cost }),
    retries,
    judgements,
  };
}

function countsOf(judgements: readonly Judgement[]): Record<Outcome, number> {
  const counts = { judged: 0, refused: 0, unreadable: 0, late: 0, failed: 0 };
  for (const { outcome } of judgements) counts[outcome]++;
  return counts;
}

/** The prompt with question and answer in their places; what they hold is not looked at again. */
function filled(prompt: string, question: JudgedQuestion): string {
  return prompt.replace(
    /\{\{\s*(question|answer)\s*\}\}/g,
    (_, name: 'question' | 'answer') => question[name],
  );
}

/** The verdict that a reply ends with: the last JSON object in it that has both fields. */
function verdictIn({ text, refused }: Reply): Pick<Judgement, 'outcome' | 'wellPosed' | 'correct'> {
  if (refused) return { outcome: 'refused' };
  for (const [object] of [...text.matchAll(/\{[^{}]*\}/g)].reverse()) {
    try {
      const { well_posed: wellPosed, correct } = JSON.parse(object) as Record<string, unknown>;
      if (typeof wellPosed === 'boolean' && typeof correct === 'boolean')
        return { outcome: 'judged', wellPosed, correct: wellPosed && correct };
    } catch {
      continue; // not JSON: an earlier one may be
    }
  }
  return { outcome: 'unreadable' };
}

/** One line for people: shares of the judged ones, and what was not judged. */
export function describeJudgement({
  model,
  outcomes,
  wellPosed,
  correct,
  sampled,
  tokens,
  cost,
}: JudgeReport): string {
  const { judged, ...others } = outcomes;
  const missing = Object.entries(others).filter(([, count]) => count > 0);
  const share = (count: number): string => (judged === 0 ? '-' : `${((100 * count) / judged).toFixed(1)} %`);
  return (
    `judge ${model}: of ${judged} judged questions ${share(wellPosed)} well-posed, ${share(correct)} with a right ` +
    `answer; ${sampled - judged} of ${sampled} not judged` +
    `${missing.length === 0 ? '' : ` (${missing.map(([what, count]) => `${count} ${what}`).join(', ')})`}; ` +
    `${tokens.input} + ${tokens.output} tokens${cost === undefined ? '' : `, $${cost.toFixed(4)}`}`
  );
}
