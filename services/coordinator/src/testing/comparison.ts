/** A small comparison over stand-in services, and readers of its results. */
import {
  type ComparisonUnit,
  ComparisonUnitSchema,
  create,
  type Comparison,
  type CreateComparisonRequest,
  CreateComparisonRequestSchema,
  type MessageInitShape,
  messageToJson,
  RunState,
} from '@soar/contracts';
import type { Coordinator } from './coordinator.js';
import { request as runRequest } from './coordinator.js';

export const COMPARISON = 'compare-test';

/** One teacher of each kind, two students each; `change` over it. */
export function comparisonRequest(
  change: Omit<MessageInitShape<typeof CreateComparisonRequestSchema>, '$typeName'> = {},
): CreateComparisonRequest {
  const { config, base, trainProblems, testProblems } = runRequest('unused', ({ promotion }) => {
    promotion.tau = -1; // every step promotes
  });
  return create(CreateComparisonRequestSchema, {
    id: COMPARISON,
    config: config!,
    base: base!,
    trainProblems,
    testProblems,
    curatedProblems: [{ id: 'easy-0', question: '1+1', answer: '2' }],
    arms: ['grounded-t', 'ps', 'pq', 'base-t', 'upper-bound'],
    seeds: { teachers: [0], students: [0, 1], alone: [0, 1] },
    ...change,
  });
}

/** Every unit as JSON, without what depends on the clock. */
export async function unitsOf({ comparisons }: Coordinator, id = COMPARISON): Promise<unknown[]> {
  const { units, nextPageToken } = await comparisons.listComparisonUnits({ id, pageSize: 1000 });
  if (nextPageToken !== '') throw new Error('expected one page of units');
  return units.map((unit) => {
    const { cost } = unit.result.value!;
    cost!.seconds = 0;
    delete cost!.workerSeconds;
    return messageToJson(ComparisonUnitSchema, unit);
  });
}

/** Waits until a comparison is in one of these states; at most 20 s. */
export async function comparisonIn({ comparisons }: Coordinator, ...states: RunState[]): Promise<Comparison> {
  let last: Comparison | undefined;
  for (let i = 0; i < 2_000; i++) {
    last = (await comparisons.getComparison({ id: COMPARISON })).comparison!;
    if (states.includes(last.state)) return last;
    if (last.state === RunState.FAILED) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the comparison is ${RunState[last!.state]}: ${last!.failure}`);
}

/** Stage of each training step of a student. */
export function stagesOf(units: readonly ComparisonUnit[], name: string): string[] {
  const result = units.find((unit) => unit.name === name)?.result;
  if (result?.case !== 'student') throw new Error(`there is no student ${name}`);
  return result.value.training.map(({ stage }) => stage);
}
