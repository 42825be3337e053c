/**
 * A run in MLflow: one run of MLflow for one of ours, which a tag names, so that a later process finds it and goes on
 * with it. Parameters, metrics by step, and artifacts at the end, where the server takes them over HTTP.
 */
import { UserError } from '@soar/core';
import {
  curveOf,
  type Dated,
  type EndRecord,
  type QuestionRecord,
  type RunRecord,
  startMsOf,
} from '../records/record.js';
import { Written } from '../records/written.js';
import type { Ending, Reported, Tracker } from '../tracker.js';
import type { MlflowServer } from './call.js';
import {
  artifactPath,
  createRun,
  deleteRun,
  experimentOf,
  findRuns,
  type FoundRun,
  logBatches,
  type Metric,
  putArtifact,
  setTag,
  updateRun,
} from './server.js';

/** Of one value. */
const PARAMETER_CHARS_MAX = 6000;
/** On runs that were logged as they went, or completed: those that may be continued. */
const LIVE = 'soar.live';
const STATUS = { succeeded: 'FINISHED', failed: 'FAILED', cancelled: 'KILLED', open: 'RUNNING' } as const;

export class MlflowRun implements Tracker {
  private readonly written = new Written();
  private readonly questions = new Map<string, QuestionRecord>();
  private end: EndRecord | undefined;

  private constructor(
    private readonly server: MlflowServer,
    private readonly experimentId: string,
    private readonly run: FoundRun,
    private readonly head: RunRecord,
  ) {
    for (const [curve, step] of run.lastSteps) this.written.addPoint(curve, step);
  }

  /** The run of MLflow that follows this one, found by its tag or made. Throws UserError. */
  static async open(server: MlflowServer, experiment: string, head: RunRecord): Promise<MlflowRun> {
    const experimentId = await experimentOf(server, experiment);
    const found = (await findRuns(server, experimentId, head.run)).find(
      ({ startMs, tags }) => startMs === startMsOf(head) && tags.get(LIVE) === 'true',
    );
    if (found !== undefined) await updateRun(server, found.runId, STATUS.open);
    const run = found ?? (await create(server, experimentId, head, true));
    return new MlflowRun(server, experimentId, run, head);
  }

  /** A new run for one that is exported once. Throws UserError; ALREADY_EXISTS where the experiment has it. */
  static async openNew(server: MlflowServer, experiment: string, head: RunRecord): Promise<MlflowRun> {
    const experimentId = await experimentOf(server, experiment);
    const [found] = await findRuns(server, experimentId, head.run);
    if (found !== undefined)
      throw new UserError(
        `MLflow: experiment ${experiment} has run ${head.run} already, as ${found.runId}; ` +
          'delete it there or give another --experiment',
        'ALREADY_EXISTS',
        '--experiment',
      );
    return new MlflowRun(server, experimentId, await create(server, experimentId, head, false), head);
  }

  async write(items: readonly Dated[]): Promise<void> {
    const params: { key: string; value: string }[] = [];
    const metrics: Metric[] = [];
    for (const { record, atMs } of this.written.fresh(items)) {
      if (record.kind === 'run') params.push(...parametersOf(record));
      else if (record.kind === 'end') this.end = record;
      else if (record.kind === 'question')
        this.questions.set(`${record.outer_step} ${record.dataset} ${record.id}`, record);
      else metrics.push({ key: curveOf(record), step: record.step, value: record.value, timestamp: atMs });
    }
    await logBatches(this.server, this.run.runId, params, metrics, (done) => {
      for (const { key, step } of done) this.written.addPoint(key, step);
    });
  }

  async close({ state, report }: Ending): Promise<Reported> {
    const { server, run, experimentId, end } = this;
    const page = `${server.url.href.replace(/\/+$/, '')}/#/experiments/${experimentId}/runs/${run.runId}`;
    const { endMs, artifacts, what } = end === undefined ? NOTHING : await this.finish(end, report);
    await updateRun(server, run.runId, STATUS[state], state === 'open' ? undefined : (endMs ?? Date.now()));
    return { place: page, what, data: { mlflowRun: run.runId, artifacts } };
  }

  /** Removes what was begun, for an export that fails. Also after Ctrl-C. */
  async discard(): Promise<void> {
    await deleteRun({ ...this.server, signal: undefined }, this.run.runId);
  }

  private async finish({ complete, end_time: time }: EndRecord, report: string) {
    const { server, run } = this;
    const files = artifactsOf([...this.questions.values()], report);
    const path = artifactPath(run);
    if (path !== undefined) {
      for (const [name, body] of files) await putArtifact(server, `${path}/${name}`, body);
      const table = JSON.stringify([{ path: 'questions.json', type: 'table' }]);
      if (files.has('questions.json')) await setTag(server, run.runId, 'mlflow.loggedArtifacts', table);
    }
    await setTag(server, run.runId, 'soar.complete', String(complete));
    const kept = `no artifacts: the server keeps them at ${JSON.stringify(run.artifactUri)} and takes none over HTTP`;
    return {
      endMs: time === null ? startMsOf(this.head) : Date.parse(time),
      artifacts: path === undefined ? [] : [...files.keys()],
      what: path === undefined ? kept : `artifacts: ${[...files.keys()].join(', ')}`,
    };
  }
}

const NOTHING = { endMs: undefined, artifacts: [], what: 'the run in MLflow, as far as it is' };

function create(
  server: MlflowServer,
  experimentId: string,
  head: RunRecord,
  live: boolean,
): Promise<FoundRun> {
  const tags = { 'soar.run_id': head.run, 'soar.complete': 'false', [LIVE]: String(live) };
  return createRun(server, experimentId, { id: head.run, startMs: startMsOf(head), tags });
}

function parametersOf({ parameters }: RunRecord): { key: string; value: string }[] {
  return Object.entries(parameters)
    .map(([key, value]) => ({ key, value: String(value) }))
    .filter(({ value }) => value !== '')
    .map(({ key, value }) => ({ key, value: cut(value) }));
}

/** The report, and the questions in the shape that MLflow shows as a table. */
function artifactsOf(questions: readonly QuestionRecord[], report: string): ReadonlyMap<string, string> {
  const files = new Map([['report.json', report]]);
  if (questions.length === 0) return files;
  const columns = ['outerStep', 'dataset', 'reward', 'id', 'question', 'answer'];
  const data = questions.map(({ outer_step: outerStep, dataset, reward, id, question, answer }) => [
    outerStep,
    dataset,
    reward,
    id,
    question,
    answer,
  ]);
  return files.set('questions.json', JSON.stringify({ columns, data }));
}

function cut(value: string): string {
  return value.length <= PARAMETER_CHARS_MAX ? value : `${value.slice(0, PARAMETER_CHARS_MAX - 3)}...`;
}
