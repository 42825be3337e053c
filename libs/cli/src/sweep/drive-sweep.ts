/**
 * Drives a sweep to its end on a coordinator: creates it or finds it, resumes and follows it, and writes the results of
 * each finished point to the folder. The coordinator does the work.
 */
import {
  ComparisonService,
  create,
  type CreateSweepRequest,
  CreateSweepRequestSchema,
  type MessageInitShape,
  RunState,
  type Sweep,
  SweepService,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { type CallCredentials, createClient } from '@soar/grpc-kit';
import { describeUnit } from '../compare/watch-comparison.js';
import type { Progress } from '../progress.js';
import { requireSuccess } from '../watch.js';
import type { PointFiles } from './point-files.js';
import { type SweepClient, watchSweep } from './watch-sweep.js';

export type SweepInputs = Omit<MessageInitShape<typeof CreateSweepRequestSchema>, '$typeName'> & {
  readonly id: string;
};

export interface DrivingSweep {
  /** Address of the coordinator. */
  readonly address: string;
  /** For a coordinator elsewhere; default plain text. */
  readonly credentials?: CallCredentials | undefined;
  readonly inputs: SweepInputs;
  /** Of each point, in their order. */
  readonly points: readonly PointFiles[];
  /** Whether comparisons that are found may be continued by another build. */
  readonly allowVersionChange: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Whether a sweep of this id is running: one that a started coordinator has resumed, say. */
export async function isSweeping(address: string, id: string, signal: AbortSignal): Promise<boolean> {
  const client = createClient(SweepService, address);
  try {
    return (await client.getSweep({ id }, { signal })).sweep?.state === RunState.RUNNING;
  } catch (error) {
    if (error instanceof UserError && error.reason === 'NOT_FOUND') return false;
    throw error;
  } finally {
    client.close();
  }
}

/** The sweep at its end; the results of its points are in their files. */
export async function driveSweep(driving: DrivingSweep): Promise<Sweep> {
  const { address, credentials, inputs, points, progress, signal } = driving;
  const client = createClient(SweepService, address, { credentials });
  const comparisons = createClient(ComparisonService, address, { credentials });
  const kept = new Set<string>();
  let began: string | undefined;
  const keep = async (sweep: Sweep): Promise<void> => {
    for (const [i, { state, unitsDone, unitsTotal, unitsShared }] of sweep.points.entries()) {
      const files = points[i]!;
      if (state === RunState.RUNNING && began !== files.name) {
        began = files.name;
        progress.line(`point ${i + 1} of ${points.length}: ${files.name}`);
      }
      if (state !== RunState.SUCCEEDED || kept.has(files.name)) continue;
      kept.add(files.name);
      await files.fetch(comparisons);
      progress.event({ event: 'point', name: files.name, unitsDone, unitsTotal, unitsShared });
      const shared = unitsShared === 0 ? '' : `, ${unitsShared} of them from earlier points`;
      progress.line(`point ${i + 1} of ${points.length}: ${files.name}: ${unitsTotal} units${shared}`);
    }
  };
  try {
    const started = await start(client, driving);
    const onUnit = (unit: Parameters<typeof describeUnit>[0]): void => {
      progress.event({ event: 'unit', point: began, name: unit.name });
      progress.line(`  ${unit.name}: ${describeUnit(unit)}`);
    };
    await keep(started);
    const last =
      started.state === RunState.SUCCEEDED
        ? started
        : await watchSweep(client, inputs.id, progress, { onSweep: keep, onUnit }, signal);
    await keep(last);
    return requireSuccess('sweep', last, 'give the same command again');
  } finally {
    client.close();
    comparisons.close();
  }
}

/** Creates the sweep, and resumes it if it is paused or has failed. */
async function start(client: SweepClient, driving: DrivingSweep): Promise<Sweep> {
  const { inputs, allowVersionChange, signal, progress } = driving;
  const { id } = inputs;
  const isNew = await client.getSweep({ id }, { signal }).then(
    () => false,
    (error: unknown) => {
      if (error instanceof UserError && error.reason === 'NOT_FOUND') return true;
      throw error;
    },
  );
  const request: CreateSweepRequest = create(CreateSweepRequestSchema, inputs);
  let { sweep } = await client.createSweep(request, { signal, deadlineMs: CREATE_MS_MAX });
  progress.line(isNew ? `sweep ${id}: created, ${inputs.points!.length} points` : `sweep ${id}: found`);
  const state = sweep?.state;
  const isStarted = !isNew && allowVersionChange && state === RunState.RUNNING;
  if (state === RunState.PAUSED || state === RunState.FAILED || isStarted)
    ({ sweep } = await client.resumeSweep({ id, allowVersionChange }, { signal }));
  return sweep!;
}

/** Every point is checked before the answer. */
const CREATE_MS_MAX = 300_000;
