/** What the page may do where it was allowed to: pause, resume and cancel. The coordinator decides whether it may. */
import { UserError } from '@soar/core';
import type { Clients } from './clients.js';
import { stateOf } from './rows/run-rows.js';

export type Action = 'pause' | 'resume' | 'cancel';

/** Resolves with the state after it. */
export async function steer(
  { runs, comparisons }: Clients,
  kind: 'runs' | 'comparisons',
  id: string,
  action: Action,
): Promise<string> {
  const request = { id };
  const calls = {
    runs: {
      pause: () => runs.pauseRun(request).then(({ run }) => run),
      resume: () => runs.resumeRun(request).then(({ run }) => run),
      cancel: () => runs.cancelRun(request).then(({ run }) => run),
    },
    comparisons: {
      pause: () => comparisons.pauseComparison(request).then(({ comparison }) => comparison),
      resume: () => comparisons.resumeComparison(request).then(({ comparison }) => comparison),
      cancel: () => comparisons.cancelComparison(request).then(({ comparison }) => comparison),
    },
  };
  const found = await calls[kind][action]();
  if (found === undefined) throw new UserError(`${id}: the coordinator answered without a state`, 'INTERNAL');
  return stateOf(found.state);
}
