/** A small sweep over stand-in services. */
import {
  create,
  type CreateSweepRequest,
  CreateSweepRequestSchema,
  type MessageInitShape,
  RunState,
  type Sweep,
} from '@soar/contracts';
import { comparisonRequest } from './comparison.js';
import type { Coordinator } from './coordinator.js';

export const SWEEP = 'sweep-test';

/** A point of the sweep: `settings` in numbers, by field. */
export function point(name: string, settings: Readonly<Record<string, number>> = {}) {
  return {
    comparisonId: `compare-${name}`,
    settings: Object.entries(settings).map(([field, value]) => ({
      field,
      value: { kind: { case: 'numberValue' as const, value } },
    })),
  };
}

/** The base, another tau, and another number of steps after the questions; `change` over it. */
export function sweepRequest(
  change: Omit<MessageInitShape<typeof CreateSweepRequestSchema>, '$typeName'> = {},
): CreateSweepRequest {
  const { config, base, trainProblems, testProblems, curatedProblems } = comparisonRequest();
  return create(CreateSweepRequestSchema, {
    id: SWEEP,
    config: config!,
    base: base!,
    trainProblems,
    testProblems,
    curatedProblems,
    arms: ['pq', 'ps', 'upper-bound'],
    seeds: { teachers: [0], students: [0], alone: [0] },
    points: [
      point('base'),
      point('tau', { 'promotion.tau': 1 }),
      point('steps', { 'comparison.hard_steps': 4 }),
    ],
    ...change,
  });
}

/** Waits until the sweep is in one of these states; at most 20 s. */
export async function sweepIn({ sweeps }: Coordinator, ...states: RunState[]): Promise<Sweep> {
  let last: Sweep | undefined;
  for (let i = 0; i < 2_000; i++) {
    last = (await sweeps.getSweep({ id: SWEEP })).sweep!;
    if (states.includes(last.state)) return last;
    if (last.state === RunState.FAILED) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the sweep is ${RunState[last!.state]}: ${last!.failure}`);
}
