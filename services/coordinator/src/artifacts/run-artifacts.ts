/**
 * The artifacts of runs in the store: what each is kept for, and the sweep of those that nothing needs
 * (retention.ts).
 *
 * A folder's artifacts may be needed by its own run, by forks of it and forks of those, and by runs and comparisons
 * whose base is in the folder. The folder of a comparison holds the students of its arms, which are its results and
 * stay. Sweeps and the creation of forks exclude each other, so no fork starts from an artifact that a sweep is about
 * to remove.
 */
import { fromBinary, Retention, type RunReport, RunReportSchema, RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ArtifactStore, WriterLease, ListedArtifact } from '@soar/store';
import { effects, REPORT_PREFIX } from '../journal/addresses.js';
import { addUse, addUses, type RunFolder, keptFor, retentionOf, type Uses } from './retention.js';
import type { RunRecord, RunRecords } from '../runs/run-records.js';

/** An artifact and what it is kept for. */
export interface StoredArtifact extends ListedArtifact {
  readonly keptFor: readonly string[];
}

export interface Swept {
  readonly removed: number;
  readonly bytes: number;
}

/** Where a run or a comparison may use artifacts of other runs. */
interface References {
  readonly isComparison: boolean;
  readonly baseKey: string;
  readonly forkOf: string | undefined;
}

export class RunArtifacts {
  private readonly references = new Map<string, References>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly records: RunRecords,
    private readonly store: ArtifactStore,
  ) {}

  /** Registers a run, before it is executed. */
  register({ id, request }: RunRecord): void {
    this.references.set(id, { isComparison: false, baseKey: request.base!.key, forkOf: request.fork?.runId });
  }

  /** Registers a comparison, before it is executed. */
  registerComparison(id: string, baseKey: string): void {
    this.references.set(id, { isComparison: true, baseKey, forkOf: undefined });
  }

  /** Throws NOT_FOUND unless `id` is that of a run or a comparison, or '' for all. */
  require(id: string): void {
    if (id === '' || this.references.has(id)) return;
    const message = `there is no run or comparison "${id}"; ListRuns and ListComparisons list all`;
    throw new UserError(message, 'NOT_FOUND', 'run_id');
  }

  /** Whether a sweep may remove this key. A run with such a base must not be created during a sweep. */
  isSwept(key: string): boolean {
    return !key.startsWith('models/');
  }

  /** Runs `work` while no sweep and no other such work is running. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work, work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /**
   * Artifacts of one run, or of the whole store (''), by key. `retention`: instead of the runs' own.
   */
  async *list(runId: string, retention = Retention.UNSPECIFIED): AsyncIterable<StoredArtifact> {
    const ids = runId === '' ? [...this.references.keys()] : [runId, ...this.relatedTo(runId)];
    const uses = await this.usesOf(ids, retention);
    const folders = new Map<string, RunFolder | undefined>();
    for await (const artifact of this.store.list(runId)) {
      const id = artifact.key.split('/', 1)[0]!;
      const isRun = this.references.get(id)?.isComparison === false;
      if (!folders.has(id)) folders.set(id, isRun ? await this.folderOf(id, retention) : undefined);
      const folder = folders.get(id);
      const kept =
        folder === undefined
          ? (uses.get(artifact.key) ?? [this.reasonForOthers(id)])
          : keptFor(artifact.key, folder, uses);
      yield { ...artifact, keptFor: kept };
    }
  }

  /** Removes unneeded artifacts from the folder of a run, or of all runs ('') with the remains of dead writers. */
  async sweep(runId: string, retention: Retention, lease: WriterLease): Promise<Swept> {
    const swept = await this.exclusively(() => this.remove(this.list(runId, retention), lease));
    if (runId === '') await this.store.sweepAbandoned();
    return swept;
  }

  /**
   * Removes artifacts that nothing needs after a step of a run. `parts`: of this step and the one before. Lists the
   * folders of these two steps alone, however long the run is.
   */
  sweepStep(
    runId: string,
    retention: Retention,
    parts: readonly RunReport[],
    lease: WriterLease,
  ): Promise<Swept> {
    const kept = retentionOf(retention);
    if (kept === Retention.EVERYTHING) return Promise.resolve({ removed: 0, bytes: 0 });
    return this.exclusively(async () => {
      const uses = await this.usesOf(this.relatedTo(runId), Retention.UNSPECIFIED);
      addUses(uses, { id: runId, baseKey: '', parts, retention: kept });
      const steps = parts.flatMap((part) => part.steps.map(({ outerStep }) => outerStep));
      const folder: RunFolder = {
        id: runId,
        stepsDone: Math.max(...steps) + 1,
        isOver: false,
        retention: kept,
      };
      return this.remove(this.inSteps(folder, steps, uses), lease);
    });
  }

  /** Refuses a fork from artifacts that a sweep has removed. */
  async requireForkable(source: RunRecord, fromStep: number): Promise<void> {
    const parts = await this.partsOf(source);
    const steps = parts.flatMap((part) => part.steps).filter(({ outerStep }) => outerStep < fromStep);
    const last = steps.find(({ outerStep }) => outerStep === fromStep - 1);
    const needed = [last?.teacher, ...steps.map(({ score }) => score?.promotion?.checkpoint)];
    for (const ref of needed) {
      if (ref === undefined || (await this.store.find(ref.key)) !== undefined) continue;
      throw new UserError(
        `run "${source.id}": ${ref.key}, which a fork from step ${fromStep} needs, is no longer in the store; ` +
          'fork from its last step or from step 0, or let runs keep RETENTION_FORKABLE',
        'FAILED_PRECONDITION',
        'fork.from_step',
      );
    }
  }

  private async *inSteps(
    folder: RunFolder,
    steps: readonly number[],
    uses: Uses,
  ): AsyncIterable<StoredArtifact> {
    for (const t of steps)
      for await (const artifact of this.store.list(`${folder.id}/${effects.step(t)}`))
        yield { ...artifact, keptFor: keptFor(artifact.key, folder, uses) };
  }

  private async remove(artifacts: AsyncIterable<StoredArtifact>, lease: WriterLease): Promise<Swept> {
    const unneeded: StoredArtifact[] = [];
    for await (const artifact of artifacts) if (artifact.keptFor.length === 0) unneeded.push(artifact);
    let [removed, bytes] = [0, 0];
    for (const { key, bytes: size } of unneeded) {
      if (!(await this.store.remove(key, lease))) continue;
      removed++;
      bytes += size;
    }
    return { removed, bytes };
  }

  /** What the artifacts in a folder that is not a run's are kept for. */
  private reasonForOthers(id: string): string {
    return this.references.has(id) ? `student of comparison ${id}` : 'not made by a run of this coordinator';
  }

  /** Others that may need artifacts in the folder of this run. A source is always registered before its forks. */
  private relatedTo(runId: string): string[] {
    const refersHere = ({ baseKey, forkOf = '' }: References): boolean => {
      const source = this.references.get(forkOf);
      return (
        baseKey.startsWith(`${runId}/`) || forkOf === runId || (source !== undefined && refersHere(source))
      );
    };
    return [...this.references]
      .filter(([id, references]) => id !== runId && refersHere(references))
      .map(([id]) => id);
  }

  private async usesOf(ids: readonly string[], retention: Retention): Promise<Uses> {
    const uses: Uses = new Map();
    for (const id of ids) {
      const { isComparison, baseKey } = this.references.get(id)!;
      if (isComparison) addUse(uses, baseKey, `base of comparison ${id}`);
      const record = await this.records.get(id);
      if (record === undefined) continue;
      const { request } = record;
      const own = retentionOf(retention || request.config!.retention);
      addUses(uses, { id, baseKey: request.base!.key, parts: await this.partsOf(record), retention: own });
    }
    return uses;
  }

  /** Parts of a run's report, including steps of its source that are yet to be copied. */
  private async partsOf({ id, request: { fork } }: RunRecord): Promise<RunReport[]> {
    const own = await this.reportParts(id);
    const copied = own.flatMap(({ steps }) => steps).length;
    if (fork === undefined || copied >= fork.fromStep) return own;
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

  private async folderOf(id: string, retention: Retention): Promise<RunFolder> {
    const record = await this.records.get(id);
    const parts = await this.reportParts(id);
    return {
      id,
      stepsDone: parts.flatMap((part) => part.steps).length,
      isOver: record?.state === RunState.SUCCEEDED || record?.state === RunState.CANCELLED,
      retention: retentionOf(retention || record!.request.config!.retention),
    };
  }
}
