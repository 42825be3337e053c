/**
 * Every place that the trainer's random numbers come from, below the address that a request gives (seed and path).
 *
 * | random numbers of                                  | path below the request's path              |
 * | -------------------------------------------------- | ------------------------------------------ |
 * | the order of the problems in epoch e of a training | epoch/<e>                                  |
 * | the same of problems that are mixed in             | mixed-in/epoch/<e>                         |
 * | sample i of the q-th question of training step s   | step/<s>/question/<q>/sample/<i>           |
 * | A of a new adapter's matrix named m                | adapter/<m>                                |
 * | sample i of the p-th problem of an evaluation      | <p>/<i>                                    |
 * | sample i of the p-th prompt of Generate            | <p>/<i>; StreamGenerate draws those of 0/0 |
 * | the answer behind a thought that was closed        | <path of the sample>/answer                |
 *
 * Token t of a completion uses the uniform number t there. Epochs and steps count on over the stages of a training.
 * Greedy decoding draws nothing.
 */
import type { RandomAddress } from '@soar/contracts';
import { Random } from '@soar/core';

/** Seed and path of a request; what is not set is seed 0 at the root. */
export interface Address {
  readonly seed: number;
  readonly path: string;
}

export function addressOf(random: RandomAddress | undefined): Address {
  return { seed: random?.seed ?? 0, path: random?.path ?? '' };
}

/** The path of `parts` below `path`. */
function below(path: string, parts: string): string {
  return path === '' ? parts : `${path}/${parts}`;
}

export function epochOrder(
  { seed, path }: Address,
  epoch: number,
  count: number,
  { mixedIn = false } = {},
): number[] {
  return Random.of(seed)
    .at(...below(path, mixedIn ? `mixed-in/epoch/${epoch}` : `epoch/${epoch}`).split('/'))
    .permutation(count);
}

export function adapterPath({ path }: Address): string {
  return below(path, 'adapter');
}

export function trainingSamplePath(
  { path }: Address,
  step: number,
  question: number,
  sample: number,
): string {
  return below(path, `step/${step}/question/${question}/sample/${sample}`);
}

export function samplePath({ path }: Address, index: number, sample: number): string {
  return below(path, `${index}/${sample}`);
}
