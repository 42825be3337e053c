/** The list of runs and comparisons, shared by all pages that show it. */
import { type Run, RunState } from '@soar/contracts';
import { messageOf } from '@soar/core';
import type { Connection, Overview as OverviewRow, RunBrief } from '@soar/page';
import type { Log } from '@soar/telemetry';
import type { Clients } from '../clients.js';
import { comparisonBrief } from '../rows/comparison-rows.js';
import { runBrief } from '../rows/run-rows.js';
import { SharedFeed } from './shared-feed.js';

/** Runs, and comparisons, that are sent: the newest. */
const SENT_MAX = 500;
const PAGE_SIZE = 1_000;
const PAGES_MAX = 20;
/** Running runs whose time left is estimated, which needs their whole report. */
const ESTIMATED_MAX = 8;

export class OverviewFeed extends SharedFeed {
  /** By run: the steps that it had done, and the estimate then. */
  private readonly estimates = new Map<string, { readonly done: number; readonly secondsLeft?: number }>();

  constructor(
    private readonly clients: Clients,
    private readonly log: Log,
  ) {
    super();
  }

  protected override async present(): Promise<{ event: string; data: OverviewRow | Connection }> {
    try {
      const [runs, comparisons] = await Promise.all([
        all(
          (page) => this.clients.runs.listRuns(page),
          ({ runs: found }) => found,
        ),
        all(
          (page) => this.clients.comparisons.listComparisons(page),
          ({ comparisons: found }) => found,
        ),
      ]);
      const data: OverviewRow = {
        runs: await this.withEstimates(newest(runs.map(runBrief))),
        comparisons: newest(comparisons.map(comparisonBrief)),
        more: Math.max(runs.length, comparisons.length) > SENT_MAX,
      };
      this.forget(runs);
      return { event: 'overview', data };
    } catch (error) {
      return { event: 'connection', data: { ok: false, why: messageOf(error) } };
    }
  }

  private async withEstimates(runs: readonly RunBrief[]): Promise<RunBrief[]> {
    const running = runs.filter(({ state }) => state === 'RUNNING').slice(0, ESTIMATED_MAX);
    const estimated = await Promise.all(
      running.map(async (run) => [run.id, await this.estimate(run)] as const),
    );
    const byId = new Map(estimated);
    return runs.map((run) => {
      const secondsLeft = byId.get(run.id);
      return secondsLeft === undefined ? run : { ...run, secondsLeft };
    });
  }

  /** Read anew when the run has done another step. */
  private async estimate({ id, stepsDone }: RunBrief): Promise<number | undefined> {
    const known = this.estimates.get(id);
    if (known?.done === stepsDone) return known.secondsLeft;
    try {
      const { run } = await this.clients.runs.getRun({ id });
      const secondsLeft = run === undefined ? undefined : runBrief(run).secondsLeft;
      this.estimates.set(id, { done: stepsDone, ...(secondsLeft === undefined ? {} : { secondsLeft }) });
      return secondsLeft;
    } catch (error) {
      this.log(`run ${id}: no estimate of its time left: ${messageOf(error)}`, 'warn');
      return undefined;
    }
  }

  private forget(runs: readonly Run[]): void {
    const running = new Set(runs.filter(({ state }) => state === RunState.RUNNING).map(({ id }) => id));
    for (const id of this.estimates.keys()) if (!running.has(id)) this.estimates.delete(id);
  }
}

function newest<T extends { readonly createdMs: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => b.createdMs - a.createdMs).slice(0, SENT_MAX);
}

/** Every item of a paged list, up to a bound. */
export async function all<R extends { readonly nextPageToken: string }, T>(
  list: (page: { pageSize: number; pageToken: string }) => Promise<R>,
  itemsOf: (response: R) => readonly T[],
): Promise<T[]> {
  const found: T[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const response = await list({ pageSize: PAGE_SIZE, pageToken });
    found.push(...itemsOf(response));
    pageToken = response.nextPageToken;
    if (pageToken === '') break;
  }
  return found;
}
