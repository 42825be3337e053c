/**
 * The artifacts of runs in the store: what each is kept for, and the sweep of those that nothing needs (retention.ts).
 *
 * Needed is decided over all that could lead into a folder: its own run, forks of it and of those, and runs and
 * comparisons whose base stands in it. In the folder of a comparison are the students of its arms, which are its
 * results and stay. Sweeps and the beginnings of forks take turns, so that no fork begins with what a sweep has just
 * decided to remove.
 */
import { fromBinary, Retention, type RunReport, RunReportSchema, RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ArtifactStore, WriterLease, ListedArtifact } from '@soar/store';
import { effects, REPORT_PREFIX } from '../journal/addresses.js';
import { addUse, addUses, type Folder, keptFor, retentionOf, type Uses } from './retention.js';
import type { RunRecord, RunRecords } from '../runs/run-records.js';

/** An artifact and what it is kept for. */
export interface StoredArtifact extends ListedArtifact {
  readonly keptFor: readonly string[];
}

export interface Swept {
  readonly removed: number;
  readonly bytes: number;
}

/** How a run or a comparison is tied to runs: all that must be known of every one. */
interface Ties {
  readonly isComparison: boolean;
  readonly baseKey: string;
  readonly forkOf: string | undefined;
}

export class RunArtifacts {
  private readonly ties = new Map<string, Ties>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly records: RunRecords,
    private readonly store: ArtifactStore,
  ) {}

  /** Takes note of a run, before it works. */
  note({ id, request }: RunRecord): void {
    this.ties.set(id, { isComparison: false, baseKey: request.base!.key, forkOf: request.fork?.runId });
  }

  /** Takes note of a comparison, before it works. */
  noteComparison(id: string, baseKey: string): void {
    this.ties.set(id, { isComparison: true, baseKey, forkOf: undefined });
  }

  /** Throws NOT_FOUND unless `id` is that of a run or a comparison, or '' for all. */
  require(id: string): void {
    if (id === '' || this.ties.has(id)) return;
    const message = `there is no run or comparison "${id}"; ListRuns and ListComparisons name those there are`;
    throw new UserError(message, 'NOT_FOUND', 'run_id');
  }

  /** Whether a sweep may look at what stands under a key: what begins with it must not begin in the middle of one. */
  isSwept(key: string): boolean {
    return !key.startsWith('models/');
  }

  /** Does `work` while no sweep and no other such work goes on. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /**
   * Artifacts of one run, or of the whole store (''), in order of key. `retention`: what runs would keep; default their
   * own.
   */
  async *list(runId: string, retention = Retention.UNSPECIFIED): AsyncIterable<StoredArtifact> {
    const ids = runId === '' ? [...this.ties.keys()] : [runId, ...this.relatedTo(runId)];
    const uses = await this.usesOf(ids, retention);
    const folders = new Map<string, Folder | undefined>();
    for await (const artifact of this.store.list(runId)) {
      const id = artifact.key.split('/', 1)[0]!;
      const isRun = this.ties.get(id)?.isComparison === false;
      if (!folders.has(id)) folders.set(id, isRun ? await this.folderOf(id, retention) : undefined);
      const folder = folders.get(id);
      const kept =
        folder === undefined
          ? (uses.get(artifact.key) ?? [this.whyForeign(id)])
          : keptFor(artifact.key, folder, uses);
      yield { ...artifact, keptFor: kept };
    }
  }

  /** Removes what nothing needs from the folder of a run, or of all runs (''), then also what dead writers left. */
  async sweep(runId: string, retention: Retention, lease: WriterLease): Promise<Swept> {
    const swept = await this.inTurn(() => this.remove(this.list(runId, retention), lease));
    if (runId === '') await this.store.sweepAbandoned();
    return swept;
  }

  /**
   * Removes what nothing needs after a step of a run, as its configuration says. `parts`: of this step and the one
   * before. Costs a look at the folders of these two steps, however long the run is.
   */
  sweepStep(
    runId: string,
    retention: Retention,
    parts: readonly RunReport[],
    lease: WriterLease,
  ): Promise<Swept> {
    const kept = retentionOf(retention);
    if (kept === Retention.EVERYTHING) return Promise.resolve({ removed: 0, bytes: 0 });
    return this.inTurn(async () => {
      const uses = await this.usesOf(this.relatedTo(runId), Retention.UNSPECIFIED);
      addUses(uses, { id: runId, baseKey: '', parts, retention: kept });
      const steps = parts.flatMap((part) => part.steps.map(({ outerStep }) => outerStep));
      const folder: Folder = { id: runId, stepsDone: Math.max(...steps) + 1, over: false, retention: kept };
      return this.remove(this.inSteps(folder, steps, uses), lease);
    });
  }

  /** Refuses a fork of what a sweep has taken away. */
  async requireForkable(source: RunRecord, fromStep: number): Promise<void> {
    const parts = await this.partsOf(source);
    const steps = parts.flatMap((part) => part.steps).filter(({ outerStep }) => outerStep < fromStep);
    const last = steps.find(({ outerStep }) => outerStep === fromStep - 1);
    const needed = [last?.teacher, ...steps.map(({ score }) => score?.promotion?.checkpoint)];
    for (const ref of needed) {
      if (ref === undefined || (await this.store.find(ref.key)) !== undefined) continue;
      throw new UserError(
        `run "${source.id}": ${ref.key}, which a fork from step ${fromStep} begins with, ` +
          'is not in the store any more; ' +
          'fork from its last step or from step 0, or let runs keep RETENTION_FORKABLE',
        'FAILED_PRECONDITION',
        'fork.from_step',
      );
    }
  }

  private async *inSteps(
    folder: Folder,
    steps: readonly number[],
    uses: Uses,
  ): AsyncIterable<StoredArtifact> {
    for (const t of steps)
      for await (const artifact of this.store.list(`${folder.id}/${effects.step(t)}`))
        yield { ...artifact, keptFor: keptFor(artifact.key, folder, uses) };
  }

  private async remove(artifacts: AsyncIterable<StoredArtifact>, lease: WriterLease): Promise<Swept> {
    const useless: StoredArtifact[] = [];
    for await (const artifact of artifacts) if (artifact.keptFor.length === 0) useless.push(artifact);
    let [removed, bytes] = [0, 0];
    for (const { key, bytes: size } of useless) {
      if (!(await this.store.remove(key, lease))) continue;
      removed++;
      bytes += size;
    }
    return { removed, bytes };
  }

  /** Why a sweep leaves a folder alone that is not a run's. */
  private whyForeign(id: string): string {
    return this.ties.has(id) ? `student of comparison ${id}` : 'not made by a run of this coordinator';
  }

  /** Others that may need something in the folder of this one. A source is always there before its forks. */
  private relatedTo(runId: string): string[] {
    const leadsHere = ({ baseKey, forkOf = '' }: Ties): boolean => {
      const source = this.ties.get(forkOf);
      return (
        baseKey.startsWith(`${runId}/`) || forkOf === runId || (source !== undefined && leadsHere(source))
      );
    };
    return [...this.ties].filter(([id, ties]) => id !== runId && leadsHere(ties)).map(([id]) => id);
  }

  private async usesOf(ids: readonly string[], retention: Retention): Promise<Uses> {
    const uses: Uses = new Map();
    for (const id of ids) {
      const { isComparison, baseKey } = this.ties.get(id)!;
      if (isComparison) addUse(uses, baseKey, `base of comparison ${id}`);
      const record = await this.records.get(id);
      if (record === undefined) continue;
      const { request } = record;
      const own = retentionOf(retention || request.config!.retention);
      addUses(uses, { id, baseKey: request.base!.key, parts: await this.partsOf(record), retention: own });
    }
    return uses;
  }

  /** Parts of a run's report, with those of its source that it has not taken over yet. */
  private async partsOf({ id, request: { fork } }: RunRecord): Promise<RunReport[]> {
    const own = await this.reportParts(id);
    const taken = own.flatMap(({ steps }) => steps).length;
    if (fork === undefined || taken >= fork.fromStep) return own;
    const source = await this.records.get(fork.runId);
    const theirs = source === undefined ? [] : await this.partsOf(source);
    return [
      ...own,
      ...theirs.filter(({ steps: [step] }) => step !== undefined && step.outerStep < fork.fromStep),
    ];
  }

  private async reportParts(id: string): Promise<RunReport[]> {
    const values = await this.records.journal(id).values(REPORT_PREFIX);
    return values.map((bytes) => fromBinary(RunReportSchema, bytes));
  }

  private async folderOf(id: string, retention: Retention): Promise<Folder> {
    const record = await this.records.get(id);
    const parts = await this.reportParts(id);
    return {
      id,
      stepsDone: parts.flatMap((part) => part.steps).length,
      over: record?.state === RunState.SUCCEEDED || record?.state === RunState.CANCELLED,
      retention: retentionOf(retention || record!.request.config!.retention),
    };
  }
}
