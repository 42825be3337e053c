/**
 * Evaluation: sample answers to problems, grade them, count. Greedy decoding gives one answer a problem, drawn once and
 * counted once for each requested sample.
 */
import type { EvaluationSpec, ProblemOutcome } from '@soar/contracts';
import { expectedBuild } from '@soar/grpc-kit';
import type { Completion, Compute, RolloutRequest } from '@soar/runtime';
import { attributes, measure, operations, setAttributes } from '@soar/telemetry';
import { addressOf, samplePath, type Address } from './addresses.js';
import type { AnswerText } from './answers.js';
import type { Model } from './checkpoints.js';
import type { SampledGroup } from './completion-files.js';
import type { EvaluationCache, GreedyOutcome } from './evaluation-cache.js';
import { keyOf, type Grade, type Grader } from './grading.js';
import { prepareProblems, type Asking, type PreparedProblem } from './problems.js';
import type { RequestDomain } from './request-domain.js';
import { samplingOf } from './sampling.js';
import { drawAnswers, thinkBudgetOf, type ThinkBudget } from './thinking.js';

/** An evaluation whose problems were checked. */
export interface PreparedEvaluation {
  readonly problems: readonly PreparedProblem[];
  readonly samplesPerProblem: number;
  readonly sampling: RolloutRequest['sampling'];
  readonly address: Address;
  readonly domain: RequestDomain;
  /** What counts as an answer; '' is the domain's default. */
  readonly extraction: string;
  /** Texts that an answer ends before. */
  readonly stop: readonly string[];
  readonly think: ThinkBudget | undefined;
  /** Those that the work asks for, which answers may depend on; 0: the trainer's. */
  readonly threads: number;
}

/** An outcome, as in the contract. */
export type Outcome = Pick<ProblemOutcome, 'problemId' | 'samples' | 'correct' | 'ungraded'>;

/** An outcome, the tokens that were sampled for it, and for each sample the rule that found its answer. */
export type CountedOutcome = Outcome & {
  readonly tokens: number;
  readonly rules: readonly string[];
  /** By sample; absent for greedy ones of a checkpoint. */
  readonly answers?: readonly FoundAnswer[];
};

/** A response and the answer that was found in it; empty without one. */
export interface FoundAnswer {
  readonly response: string;
  readonly extracted: string;
}

export async function prepareEvaluation(
  spec: EvaluationSpec,
  asking: Asking,
  model: Model,
  field: string,
  compute: Partial<Compute> | undefined,
): Promise<PreparedEvaluation> {
  const { problems, stop, endIds } = await prepareProblems(spec.problems, asking, model, `${field}.problems`);
  return {
    problems,
    samplesPerProblem: spec.samplesPerProblem,
    sampling: samplingOf(spec.sampling!, model, endIds),
    address: addressOf(spec.random),
    domain: asking.domain,
    extraction: spec.extraction,
    stop,
    think: thinkBudgetOf(spec.sampling!, model),
    threads: compute?.threads ?? 0,
  };
}

/** Takes what was sampled and graded, in the order of the problems. */
export type Keep = (groups: () => readonly SampledGroup[]) => Promise<void>;

/** Completions held at a time, at least those of one problem. */
const ROWS_MAX = 4096;

/**
 * Outcomes in the order of the problems, and the number of tokens sampled. `sample` draws the rows of a request; while
 * one part is graded the next is drawn.
 */
export async function evaluate(
  { problems, samplesPerProblem, sampling, address, domain, extraction, stop, think }: PreparedEvaluation,
  model: Model,
  sample: (request: RolloutRequest) => Promise<Completion[]>,
  grader: Grader,
  signal: AbortSignal,
  keep: Keep,
): Promise<{ readonly outcomes: CountedOutcome[]; readonly tokens: number }> {
  const draws = sampling.temperature === 0 ? 1 : samplesPerProblem;
  const each = samplesPerProblem / draws;
  const perPart = Math.max(1, Math.floor(ROWS_MAX / draws));
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const lengths: number[] = [];
  const responses: string[] = [];
  const graded: Promise<Grade[]>[] = [];
  for (let first = 0; first < problems.length; first += perPart) {
    const part = problems.slice(first, first + perPart);
    const request = {
      prompts: part.map(({ prompt }) => prompt),
      rows: part.flatMap((_, p) =>
        Array.from({ length: draws }, (_, s) => ({ prompt: p, path: samplePath(address, first + p, s) })),
      ),
      seed: address.seed,
      sampling,
    };
    const completions = await drawAnswers(sample, request, model, stop, think);
    const drawn = completions.map(({ tokens }) => tokens.length);
    lengths.push(...drawn);
    measure('tokens', total(drawn), { [attributes.operation]: operations.evaluate });
    responses.push(...completions.map(({ text }) => text));
    const answers = completions.map(({ text: response }, row) => {
      return { gold: part[Math.floor(row / draws)]!.gold, response };
    });
    const grades = grader.grade(domain, answers, signal, extraction);
    // Parts are kept in their order, whichever is graded first.
    const before = graded.at(-1);
    const kept = grades.then(async (own) => {
      await before;
      await keep(() => groupsOf(part, draws, completions, own));
      return own;
    });
    kept.catch(() => undefined); // reported below; sampling continues meanwhile
    graded.push(kept);
  }
  const grades = (await Promise.all(graded)).flat();
  const found = grades.map(({ extracted }, row) => ({ response: responses[row]!, extracted }));
  const count = (p: number, what: 'correct' | 'ungraded'): number =>
    each * grades.slice(p * draws, (p + 1) * draws).filter((grade) => grade[what]).length;
  return {
    outcomes: problems.map(({ id }, p) => ({
      problemId: id,
      samples: samplesPerProblem,
      correct: count(p, 'correct'),
      ungraded: count(p, 'ungraded'),
      tokens: total(lengths.slice(p * draws, (p + 1) * draws)),
      rules: grades
        .slice(p * draws, (p + 1) * draws)
        .flatMap(({ rule }) => Array.from({ length: each }, () => rule)),
      answers: found.slice(p * draws, (p + 1) * draws),
    })),
    tokens: total(lengths),
  };
}

function groupsOf(
  problems: readonly PreparedProblem[],
  draws: number,
  completions: readonly AnswerText[],
  grades: readonly Grade[],
): SampledGroup[] {
  return problems.map(({ id, prompt }, p) => ({
    problemId: id,
    prompt,
    completions: completions.slice(p * draws, (p + 1) * draws),
    grades: grades.slice(p * draws, (p + 1) * draws),
  }));
}

/**
 * As `evaluate`, for a checkpoint: greedy answers in `cache` are not sampled again. An outcome whose grading did not
 * finish is not cached.
 */
export async function evaluateCheckpoint(
  prepared: PreparedEvaluation,
  model: Model,
  sample: (request: RolloutRequest) => Promise<Completion[]>,
  grader: Grader,
  cache: EvaluationCache,
  signal: AbortSignal,
  keep: Keep,
): ReturnType<typeof evaluate> {
  const { problems, sampling, samplesPerProblem, domain, extraction, stop, think, threads } = prepared;
  if (sampling.temperature > 0) return evaluate(prepared, model, sample, grader, signal, keep);
  const keys = problems.map(({ gold, prompt }) =>
    [
      model.handle,
      threads,
      expectedBuild('verifier') ?? '', // another one may grade otherwise
      domain.key,
      extraction,
      sampling.maxNewTokens,
      think?.tokensMax ?? 0,
      ...stop,
      prompt.join(),
      keyOf(gold),
    ].join('\u0000'),
  );
  const kept = keys.map((key) => cache.get(key)); // read now: other evaluations may evict them meanwhile
  const missing = problems.filter((_, p) => kept[p] === undefined);
  setAttributes({ [attributes.cached]: missing.length === 0 });
  const fresh = new Map<string, GreedyOutcome>();
  if (missing.length > 0) {
    const part = { ...prepared, problems: missing, samplesPerProblem: 1 };
    const { outcomes } = await evaluate(part, model, sample, grader, signal, keep);
    for (const { problemId, correct, ungraded, tokens, rules } of outcomes)
      fresh.set(problemId, { correct: correct === 1, ungraded: ungraded === 1, tokens, rule: rules[0]! });
  }
  const known = problems.map(({ id }, p) => {
    const outcome = kept[p] ?? fresh.get(id)!;
    if (!outcome.ungraded) cache.set(keys[p]!, outcome);
    return outcome;
  });
  return {
    outcomes: problems.map(({ id }, p) => ({
      problemId: id,
      samples: samplesPerProblem,
      correct: known[p]!.correct ? samplesPerProblem : 0,
      ungraded: known[p]!.ungraded ? samplesPerProblem : 0,
      tokens: known[p]!.tokens,
      rules: Array.from({ length: samplesPerProblem }, () => known[p]!.rule),
    })),
    tokens: known.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/** How often each rule found an answer, most frequent first. */
export function extractionCounts(outcomes: readonly CountedOutcome[]): { rule: string; responses: number }[] {
  const counts = new Map<string, number>();
  for (const { rules } of outcomes) for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts]
    .map(([rule, responses]) => ({ rule, responses }))
    .sort((a, b) => b.responses - a.responses || (a.rule < b.rule ? -1 : 1));
}
