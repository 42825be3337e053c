/**
 * Drives a comparison to its end on a coordinator: creates or extends it, sends the units that the folder of results
 * holds, follows it, and writes every finished unit to the folder. The coordinator does the work.
 */
import {
  type Comparison,
  ComparisonService,
  type ComparisonUnit,
  CreateComparisonRequestSchema,
  create,
  type MessageInitShape,
  RunState,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Unit } from '@soar/experiments';
import { type CallCredentials, createClient } from '@soar/grpc-kit';
import { ComparisonCourse } from '../course/comparison-course.js';
import type { Progress } from '../progress.js';
import { requireSuccess } from '../watch.js';
import type { UnitFiles } from './unit-files.js';
import { unitMessage, unitOf } from './unit-messages.js';
import { type ComparisonClient, describeUnit, unitsOf, watchComparison } from './watch-comparison.js';

/** Everything except the units, which are in the folder. */
export type ComparisonInputs = Omit<
  MessageInitShape<typeof CreateComparisonRequestSchema>,
  '$typeName' | 'units'
> & {
  readonly id: string;
};

export interface Driving {
  /** Address of the coordinator. */
  readonly address: string;
  /** For a coordinator elsewhere; default plain text. */
  readonly credentials?: CallCredentials | undefined;
  readonly inputs: ComparisonInputs;
  readonly files: UnitFiles;
  /** Minutes after which the comparison is paused; undefined: never. */
  readonly minutes?: number | undefined;
  /** Whether a comparison that is found may be continued by another build. */
  readonly allowVersionChange: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The comparison at the end, SUCCEEDED or paused by `minutes`, and its units. */
export interface Driven {
  readonly comparison: Comparison;
  readonly units: readonly Unit[];
}

/**
 * Whether a comparison of this id is running: one that a started coordinator has resumed, say. Its model was checked
 * when it was created, and its work may hold every worker.
 */
export async function isRunning(address: string, id: string, signal: AbortSignal): Promise<boolean> {
  const client = createClient(ComparisonService, address);
  try {
    return (await client.getComparison({ id }, { signal })).comparison?.state === RunState.RUNNING;
  } catch (error) {
    if (error instanceof UserError && error.reason === 'NOT_FOUND') return false;
    throw error;
  } finally {
    client.close();
  }
}

export async function driveComparison(driving: Driving): Promise<Driven> {
  const { address, credentials } = driving;
  const client = createClient(ComparisonService, address, { credentials });
  try {
    return await new Drive(client, driving).toEnd();
  } finally {
    client.close();
  }
}

class Drive {
  private readonly units = new Map<string, Unit>();
  private readonly course = new ComparisonCourse();

  constructor(
    private readonly client: ComparisonClient,
    private readonly driving: Driving,
  ) {}

  async toEnd(): Promise<Driven> {
    const { id } = this.driving.inputs;
    const started = await this.start();
    this.course.take(started);
    for await (const unit of unitsOf(this.client, id)) await this.keep(unit, true);
    const comparison = await this.follow(started);
    // Units that a broken stream did not deliver.
    for await (const unit of unitsOf(this.client, id)) await this.keep(unit, false);
    return { comparison, units: [...this.units.values()] };
  }

  /** Creates or extends the comparison, and resumes it if it is paused or failed. */
  private async start(): Promise<Comparison> {
    const { client, driving } = this;
    const { inputs, signal, progress } = driving;
    const { id, arms, seeds } = inputs;
    const options = { signal };
    const known = await this.namesOfKnown();
    const given = [...driving.files.all()]
      .filter(([name]) => known?.has(name) !== true)
      .map(([name, unit]) => unitMessage(name, unit));
    // With equal inputs this returns the existing comparison; with others it is refused.
    const request = create(CreateComparisonRequestSchema, {
      ...inputs,
      units: known === undefined ? given : [],
    });
    let { comparison } = await client.createComparison(request, options);
    if (known === undefined) progress.line(`comparison ${id}: created`);
    else {
      const more = { id, arms: arms ?? [], ...(seeds && { seeds }), units: given };
      if (comparison?.state !== RunState.CANCELLED)
        ({ comparison } = await client.extendComparison(more, options));
    }
    const { allowVersionChange } = driving;
    const state = comparison?.state;
    const isStarted = known !== undefined && allowVersionChange && state === RunState.RUNNING;
    if (state === RunState.PAUSED || state === RunState.FAILED || isStarted)
      ({ comparison } = await client.resumeComparison({ id, allowVersionChange }, options));
    return comparison!;
  }

  /** Names of the units that the coordinator has; undefined if it has no such comparison. */
  private async namesOfKnown(): Promise<Set<string> | undefined> {
    const names = new Set<string>();
    try {
      for await (const { name } of unitsOf(this.client, this.driving.inputs.id)) names.add(name);
      return names;
    } catch (error) {
      if (error instanceof UserError && error.reason === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  private async follow(started: Comparison): Promise<Comparison> {
    const { client } = this;
    const { inputs, minutes, progress, signal } = this.driving;
    const { id } = inputs;
    if (started.state === RunState.SUCCEEDED) return started;
    const over = new AbortController();
    const paused = (): Promise<Comparison> =>
      client.pauseComparison({ id }).then(({ comparison }) => comparison!);
    const timer = minutes === undefined ? undefined : setTimeout(() => over.abort(), minutes * 60_000);
    try {
      const watching = AbortSignal.any([signal, over.signal]);
      const keep = (unit: ComparisonUnit): Promise<void> => this.keep(unit, false);
      const last = await watchComparison(client, id, progress, keep, watching, this.course);
      return requireSuccess('comparison', last, 'give the same command again');
    } catch (error) {
      if (!over.signal.aborted || signal.aborted) throw error;
      return await paused();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Writes a unit to the folder; `before`: it was finished before this command started. */
  private async keep(message: ComparisonUnit, before: boolean): Promise<void> {
    const { name } = message;
    if (this.units.has(name)) return;
    const { files, progress } = this.driving;
    const kept = files.read(name);
    const unit = kept ?? unitOf(message);
    this.units.set(name, unit);
    if (kept === undefined) await files.keep(name, unit);
    const found = before || kept !== undefined;
    this.course.unit(name, found);
    const { done = 0, total = 0, secondsLeft } = this.course.whole() ?? {};
    const left = secondsLeft === undefined ? null : Math.round(secondsLeft);
    const whole = { units_done: done, units: total, seconds_left: left };
    progress.event({ event: 'unit', name, found, whole });
    if (!found) progress.line(`${name}: ${describeUnit(message)}`);
  }
}
