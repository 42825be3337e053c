/**
 * Evaluations of checkpoints: greedy ones on the hard train split, for rewards and the choice of PS, and sampled ones
 * on the held-out split, for the comparison.
 *
 * A checkpoint is evaluated once on a whole split, in chunks memoised under its key. theta stays the same for many
 * outer steps, which pick their reward questions out of these outcomes; two arms with one checkpoint share one result.
 */
import {
  type CheckpointRef,
  create,
  type Evaluation,
  EvaluationSchema,
  type MessageInitShape,
  type Problem,
  type SamplingConfigSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { type Address, addresses, EVALUATION_CHUNK } from '../journal/addresses.js';
import type { RunContext, Tracker } from './run-context.js';

/** How completions are drawn: an EvaluationSpec without its problems. */
interface Decoding {
  readonly samplesPerProblem: number;
  readonly sampling: MessageInitShape<typeof SamplingConfigSchema>;
  readonly random?: Address;
}

/** One greedy completion per problem, with the token limit of training. */
export function greedy(run: RunContext): Decoding {
  const { maxNewTokens } = run.config.student.rl.sampling;
  return { samplesPerProblem: 1, sampling: { temperature: 0, maxNewTokens } };
}

/** Greedy outcomes of a checkpoint on `problems` of the train split, in their order. */
export async function evaluateGreedily(
  run: RunContext,
  checkpoint: CheckpointRef,
  problems: readonly Problem[],
): Promise<Evaluation> {
  const all = await evaluate(run, 'greedy', checkpoint, run.train, () => greedy(run));
  const byId = new Map(all.outcomes.map((outcome) => [outcome.problemId, outcome]));
  const outcomes = problems.map(({ id }) => {
    const outcome = byId.get(id);
    if (outcome === undefined) throw new InvariantError(`evaluation: no greedy outcome of problem "${id}"`);
    return outcome;
  });
  return create(EvaluationSchema, { checkpoint, outcomes });
}

/** Sampled outcomes of a checkpoint on the held-out split; every arm draws the same random numbers. */
export function evaluateHeldOut(
  run: RunContext,
  checkpoint: CheckpointRef,
  arm: string,
): Promise<Evaluation> {
  const { samplesPerProblem, sampling } = run.config.comparison;
  return evaluate(
    run,
    'held-out',
    checkpoint,
    run.test,
    (chunk) => ({ samplesPerProblem, sampling, random: addresses.evaluation(run.config.seed, chunk) }),
    `evaluate ${arm}`,
  );
}

/** A memoised call for every chunk of problems, named `<split>/<checkpoint>/<chunk>`. */
async function evaluate(
  run: RunContext,
  split: 'greedy' | 'held-out',
  checkpoint: CheckpointRef,
  problems: readonly Problem[],
  decoding: (chunk: number) => Decoding,
  activity = `evaluate ${checkpoint.key}`,
): Promise<Evaluation> {
  let progress: Tracker | undefined;
  const chunks = Array.from({ length: Math.ceil(problems.length / EVALUATION_CHUNK) }, (_, c) => c);
  const parts = await run.durable.fanOut(chunks, (c) => {
    const chunk = problems.slice(c * EVALUATION_CHUNK, (c + 1) * EVALUATION_CHUNK);
    return run.durable.step(`${split}/${checkpoint.key}/${c}`, EvaluationSchema, async () => {
      progress ??= run.track(activity, problems.length, 'problems');
      const spec = { problems: chunk, ...decoding(c) };
      const evaluation = await run.services.evaluate({
        checkpoint,
        domain: run.config.domain,
        spec,
        prompt: run.config.student.prompt,
      });
      progress.update(String(c), chunk.length);
      return evaluation;
    });
  });
  return create(EvaluationSchema, { checkpoint, outcomes: parts.flatMap(({ outcomes }) => outcomes) });
}
