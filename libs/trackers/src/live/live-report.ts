/**
 * A run in trackers while it goes: what is told of it becomes records, and every tracker gets the same ones. The first
 * report opens the trackers. It may be told the same things again, after a stream that broke, say.
 */
import {
  type ArmReport,
  type OuterStepReport,
  type RunReport,
  runReportToJson,
  type StepMetrics,
} from '@soar/contracts';
import { type Clock, messageOf, systemClock } from '@soar/core';
import type { TrackerRecord } from '../records/record.js';
import { RunRecords } from '../records/run-records.js';
import type { Ending, Reported } from '../tracker.js';
import { Delivery, type Destination } from './delivery.js';

/** For what still waits when a run has ended, and its artifacts. */
const FINISH_MS = 120_000;
/** The same when somebody waits for a prompt after Ctrl-C. */
const LEAVE_MS = 5_000;

export class LiveReport {
  private records: RunRecords | undefined;
  private deliveries: readonly Delivery[] = [];
  private last: RunReport | undefined;

  constructor(
    private readonly destinations: readonly Destination[],
    private readonly warn: (tracker: string, text: string) => void,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Whether trackers are open; until then it has to be told a report of a run that works. */
  get hasBegun(): boolean {
    return this.records !== undefined;
  }

  /** The report so far. One without a start is of a run whose configuration is not resolved yet. */
  report(report: RunReport): void {
    if (report.timing?.startTime !== undefined) this.take(report);
  }

  step(step: OuterStepReport): void {
    this.safely(() => this.offer(this.records?.outerStep(step) ?? []));
  }

  arm(arm: ArmReport): void {
    this.safely(() => this.offer(this.records?.arm(arm) ?? []));
  }

  /** Steps of the training of an arm that is under way. */
  training(arm: string, metrics: readonly StepMetrics[]): void {
    this.safely(() => this.offer(this.records?.training(arm, metrics) ?? []));
  }

  /** No more comes, by the state of the run. Resolves with what each tracker has, by its name. */
  async end(state: Ending['state'], report: RunReport): Promise<[tracker: string, reported: Reported][]> {
    this.take(report);
    const { records } = this;
    if (records === undefined) return [];
    // A run that failed can be resumed: its results are not the last ones.
    if (state === 'succeeded' || state === 'cancelled')
      this.offer(records.end(report, state === 'succeeded'));
    return this.finish(state, report, FINISH_MS);
  }

  /** This process leaves; the run may go on. */
  async leave(): Promise<void> {
    if (this.last !== undefined) await this.finish('open', this.last, LEAVE_MS);
  }

  private take(report: RunReport): void {
    this.last = report;
    this.safely(() => {
      if (this.records === undefined) this.begin(report);
      this.offer(this.records!.steps(report));
    });
  }

  private begin(report: RunReport): void {
    const records = new RunRecords(report);
    const head = records.head(report);
    this.deliveries = this.destinations.map(
      (destination) =>
        new Delivery(destination, head, (text) => this.warn(destination.name, text), this.clock),
    );
    this.records = records;
    this.offer([head]);
  }

  private async finish(
    state: Ending['state'],
    report: RunReport,
    timeoutMs: number,
  ): Promise<[string, Reported][]> {
    const text = `${JSON.stringify(runReportToJson(report), undefined, 2)}\n`;
    const finished = await Promise.all(
      this.deliveries.map(
        async (delivery) =>
          [delivery.name, await delivery.finish({ state, report: text }, timeoutMs)] as const,
      ),
    );
    this.deliveries = [];
    return finished.flatMap(([name, reported]): [string, Reported][] =>
      reported === undefined ? [] : [[name, reported]],
    );
  }

  private offer(records: readonly TrackerRecord[]): void {
    const atMs = Date.now();
    const items = records.map((record) => ({ record, atMs }));
    for (const delivery of this.deliveries) delivery.offer(items);
  }

  /** A report that trackers cannot take never ends a run. */
  private safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      for (const { name } of this.destinations) this.warn(name, messageOf(error));
      this.deliveries = [];
    }
  }
}
