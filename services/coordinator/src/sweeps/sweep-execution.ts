/**
 * Executes one sweep: makes the comparison of each point, one after the other, and follows it to its end.
 *
 * It has no journal of its own. Each effect is a comparison under an id that the client has given: after a crash it is
 * found again and followed on, and what it has finished stays. Points are not made side by side, since each can take
 * over units of those before it; a comparison keeps the trainers busy by itself.
 */
import {
  type CreateComparisonRequest,
  create,
  ExtendComparisonRequestSchema,
  RunState,
  type SweepPoint,
} from '@soar/contracts';
import { type Reason, retry, UserError } from '@soar/core';
import type { WorkingBuildsRecorder } from '../builds/working-builds.js';
import type { Connections } from '../clients/connections.js';
import { RETRYABLE_QUICK, retryPolicy } from '../clients/retry-policy.js';
import type { Comparisons, KeptComparison } from '../comparisons/comparisons.js';
import { wantedOf } from '../comparisons/comparison-records.js';
import { Gate } from '../journal/gate.js';
import { pauseAll, resumeAll } from '../resources/dependents.js';
import type { Execution } from '../resources/lifecycle.js';
import { isEnded } from '../resources/watch.js';
import { withPlannedCompute } from '../runs/run-compute.js';
import { sharedUnits } from './shared-units.js';
import type { SweepFeed } from './sweep-feed.js';
import { pointRequest } from './sweep-points.js';
import type { SweepRecord } from './sweep-records.js';

/** How often the state of a comparison without events is read. */
const POLL_MS = 30_000;

export interface SweepExecutionOptions {
  readonly record: SweepRecord;
  readonly comparisons: Comparisons;
  readonly connections: Connections;
  readonly builds: WorkingBuildsRecorder;
  /** How long a service may be away when a point begins. */
  readonly unavailableMs: number;
  readonly feed: SweepFeed;
  /** Publishes the sweep: a point of it has changed. */
  readonly publish: () => Promise<void>;
}

export class SweepExecution implements Execution {
  readonly gate = new Gate();
  private readonly abort = new AbortController();

  constructor(private readonly options: SweepExecutionOptions) {}

  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  async work(): Promise<void> {
    const { record, feed } = this.options;
    const { points } = record.request;
    const progress = feed.track('points', points.length, 'points');
    for (const [i, point] of points.entries()) {
      await this.gate.pass(this.abort.signal);
      await this.makePoint(
        point,
        points.slice(0, i).map(({ comparisonId }) => comparisonId),
      );
      progress.update(point.comparisonId, 1);
    }
  }

  private async makePoint(point: SweepPoint, earlier: readonly string[]): Promise<void> {
    const { comparisons, feed, publish } = this.options;
    const { signal } = this.abort;
    const id = point.comparisonId;
    const subscriber = comparisons.feed(id).subscribe(); // before it is created, so that no event is missed
    try {
      await this.begin(point, earlier);
      await publish();
      let state = await comparisons.stateOf(id);
      while (!isEnded(state)) {
        const event = await subscriber.next(POLL_MS, signal);
        signal.throwIfAborted();
        const { comparison, ...others } = event ?? {};
        if (others.unit !== undefined || others.progress !== undefined) feed.publish(others);
        if (event === undefined) state = await comparisons.stateOf(id);
        else if (comparison !== undefined) state = comparison.state;
        if (comparison !== undefined && !isEnded(state)) await publish();
      }
    } finally {
      subscriber.close();
    }
    await publish();
    await this.requireSuccess(id);
  }

  /** Creates the comparison of a point or finds it, and resumes it if it is paused or has failed. */
  private async begin(point: SweepPoint, earlier: readonly string[]): Promise<void> {
    const { record, comparisons } = this.options;
    const { signal } = this.abort;
    const request = pointRequest(record.request, point);
    const kept = await comparisons.kept(request.id);
    if (kept === undefined) await this.create(request, earlier);
    else await this.extend(request, kept, earlier);
    if (this.gate.isClosed) await pauseAll(comparisons, [request.id]);
    else await resumeAll(comparisons, [request.id], false, signal);
  }

  private async create(request: CreateComparisonRequest, earlier: readonly string[]): Promise<void> {
    const { comparisons, connections, unavailableMs } = this.options;
    const { signal } = this.abort;
    const policy = retryPolicy({
      service: 'a service',
      unavailableMs,
      signal,
      retryable: RETRYABLE_QUICK,
    });
    await retry(policy, async () => {
      // How the work is cut may depend on a point's settings, and decides bits.
      const planned = await withPlannedCompute(connections, request, signal);
      const units = await sharedUnits(planned, wantedOf([request]), earlier, () => true, this.sharing);
      await comparisons.create({ ...planned, units }, signal);
    });
  }

  /** Adds the arms and seeds of this sweep to a comparison that was there. Refuses one with other inputs. */
  private async extend(
    request: CreateComparisonRequest,
    { request: found, wanted, finished, state }: KeptComparison,
    earlier: readonly string[],
  ): Promise<void> {
    const { comparisons } = this.options;
    const { id, arms, seeds } = request;
    await comparisons.create(request, this.abort.signal);
    if (state === RunState.CANCELLED) return;
    const both = wantedOf([{ ...wanted, units: [] }, request]);
    const isMissing = (name: string): boolean => !finished.has(name) && !wanted.given.has(name);
    const units = await sharedUnits(found, both, earlier, isMissing, this.sharing);
    await comparisons.extend(create(ExtendComparisonRequestSchema, { id, arms, seeds: seeds!, units }));
  }

  private get sharing() {
    const { comparisons, builds } = this.options;
    return { comparisons, builds, signal: this.abort.signal };
  }

  private async requireSuccess(id: string): Promise<void> {
    const { state, failure, failureReason } = await this.options.comparisons.get(id);
    if (state === RunState.SUCCEEDED) return;
    if (state === RunState.CANCELLED) {
      const message = `comparison ${id} was cancelled, and this sweep needs it; create another sweep`;
      throw new UserError(message, 'FAILED_PRECONDITION', id);
    }
    throw new UserError(`comparison ${id} has failed: ${failure}`, failureReason as Reason, id);
  }
}
