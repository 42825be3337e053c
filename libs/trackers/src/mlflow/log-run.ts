/**
 * A run in MLflow, by its REST API: parameters, metrics by step, tags, and artifacts where the server takes them over
 * HTTP. One run of MLflow for one of ours; a run that could not be logged whole is deleted again.
 * Source: https://mlflow.org/docs/latest/rest-api.html
 */
import { InvariantError, UserError } from '@soar/core';
import type { TrackedRun } from '../tracked-run.js';
import { call, MlflowRefusal, type MlflowServer, type Reply } from './call.js';

const API = '/api/2.0/mlflow';
/** Of one log-batch. */
const METRICS_MAX = 1000;
const PARAMETERS_MAX = 100;
/** Of one value. */
const PARAMETER_CHARS_MAX = 6000;

export interface LoggedRun {
  readonly runId: string;
  readonly experimentId: string;
  /** Files that the server took. */
  readonly artifacts: readonly string[];
  /** Where its artifacts are, if the server does not take them over HTTP. */
  readonly artifactsElsewhere: string | undefined;
}

/** `report`: the run's report.json. Throws UserError; ALREADY_EXISTS where the experiment has this run. */
export async function logToMlflow(
  server: MlflowServer,
  experiment: string,
  run: TrackedRun,
  report: string,
): Promise<LoggedRun> {
  const experimentId = await experimentOf(server, experiment);
  await refuseSecond(server, experimentId, experiment, run.id);
  const { run_id: runId, artifact_uri: artifactUri } = await createRun(server, experimentId, run);
  try {
    for (const body of batches(run)) await post(server, 'runs/log-batch', { run_id: runId, ...body }, true);
    const files = artifactsOf(run, report);
    const place = /^mlflow-artifacts:\/+(?:[^/]*:\d+\/+)?([\w./-]+)$/.exec(artifactUri)?.[1];
    if (place !== undefined) {
      for (const [name, body] of files) await putArtifact(server, `${place}/${name}`, body);
      const table = JSON.stringify([{ path: 'questions.json', type: 'table' }]);
      if (files.has('questions.json')) await setTag(server, runId, 'mlflow.loggedArtifacts', table);
    }
    const status = run.isComplete ? 'FINISHED' : 'RUNNING';
    await post(
      server,
      'runs/update',
      { run_id: runId, status, ...(run.isComplete && { end_time: run.endMs }) },
      true,
    );
    return {
      runId,
      experimentId,
      artifacts: place === undefined ? [] : [...files.keys()],
      artifactsElsewhere: place === undefined ? artifactUri : undefined,
    };
  } catch (error) {
    // Also after Ctrl-C. Best effort: the error that the user needs is the first one.
    const whole = { ...server, signal: undefined };
    await post(whole, 'runs/delete', { run_id: runId }, true).catch(() => undefined);
    throw error;
  }
}

/** Parameters, then metrics, in requests within the API's limits. */
function* batches(run: TrackedRun): Generator<Readonly<Record<string, readonly object[]>>> {
  const params = run.parameters
    .map(([key, value]) => ({ key, value: String(value) }))
    .filter(({ value }) => value !== '')
    .map(({ key, value }) => ({ key, value: cut(value) }));
  for (let i = 0; i < params.length; i += PARAMETERS_MAX)
    yield { params: params.slice(i, i + PARAMETERS_MAX) };
  // The same key in trainings of two arms would be one curve: MLflow has no groups within a run.
  const metrics = [
    ...run.series.flatMap(({ arm, scalars }) =>
      scalars.map(({ tag, step, value }) => ({ key: arm === '' ? tag : `${tag}/${arm}`, step, value })),
    ),
    ...run.results.map(([key, value]) => ({ key, step: run.outerStepsDone, value })),
  ].map((metric) => ({ ...metric, timestamp: run.endMs }));
  for (let i = 0; i < metrics.length; i += METRICS_MAX) yield { metrics: metrics.slice(i, i + METRICS_MAX) };
}

async function experimentOf(server: MlflowServer, name: string): Promise<string> {
  try {
    const path = `${API}/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const { experiment } = await call(server, { method: 'GET', path, repeatable: true });
    const { experiment_id: id, lifecycle_stage: stage } = (experiment ?? {}) as Reply;
    if (stage === 'deleted')
      throw new UserError(
        `MLflow: experiment ${name} is deleted; restore it or give another --experiment`,
        'FAILED_PRECONDITION',
        '--experiment',
      );
    return idIn(id, 'experiment_id');
  } catch (error) {
    if (!(error instanceof MlflowRefusal && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
    return idIn(
      (await post(server, 'experiments/create', { name }, false))['experiment_id'],
      'experiment_id',
    );
  }
}

async function refuseSecond(
  server: MlflowServer,
  experimentId: string,
  experiment: string,
  id: string,
): Promise<void> {
  // The id has no quotes: it was checked to be a name of files.
  if (id.includes("'")) throw new InvariantError(`run ${id}: a quote in an id`);
  const filter = `tags.\`soar.run_id\` = '${id}'`;
  const { runs } = await post(
    server,
    'runs/search',
    { experiment_ids: [experimentId], filter, max_results: 1 },
    true,
  );
  if (!Array.isArray(runs) || runs.length === 0) return;
  const found = idIn(((runs[0] as Reply)['info'] as Reply | undefined)?.['run_id'], 'run_id');
  throw new UserError(
    `MLflow: experiment ${experiment} has run ${id} already, as ${found}; delete it there or give another --experiment`,
    'ALREADY_EXISTS',
    '--experiment',
  );
}

async function createRun(server: MlflowServer, experimentId: string, run: TrackedRun) {
  const reply = await post(
    server,
    'runs/create',
    {
      experiment_id: experimentId,
      run_name: run.id,
      start_time: run.startMs,
      tags: [
        { key: 'soar.run_id', value: run.id },
        { key: 'soar.complete', value: String(run.isComplete) },
      ],
    },
    false,
  );
  const info = ((reply['run'] as Reply | undefined)?.['info'] ?? {}) as Reply;
  return { run_id: idIn(info['run_id'], 'run_id'), artifact_uri: String(info['artifact_uri'] ?? '') };
}

/** The report, and the questions in the shape that MLflow shows as a table. */
function artifactsOf(run: TrackedRun, report: string): ReadonlyMap<string, string> {
  const files = new Map([['report.json', report]]);
  if (run.questions.length === 0) return files;
  const columns = ['outerStep', 'dataset', 'reward', 'id', 'question', 'answer'] as const;
  const data = run.questions.map((question) => columns.map((column) => question[column]));
  return files.set('questions.json', JSON.stringify({ columns, data }));
}

function putArtifact(server: MlflowServer, path: string, body: string): Promise<Reply> {
  const whole = `/api/2.0/mlflow-artifacts/artifacts/${path}`;
  return call(server, { method: 'PUT', path: whole, body, type: 'application/json', repeatable: true });
}

function setTag(server: MlflowServer, runId: string, key: string, value: string): Promise<Reply> {
  return post(server, 'runs/set-tag', { run_id: runId, key, value }, true);
}

function post(server: MlflowServer, method: string, body: object, repeatable: boolean): Promise<Reply> {
  return call(server, { method: 'POST', path: `${API}/${method}`, body: JSON.stringify(body), repeatable });
}

function idIn(value: unknown, field: string): string {
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(value)) return value;
  throw new UserError(`MLflow: a reply without ${field}; is this an MLflow server?`, 'FAILED_PRECONDITION');
}

function cut(value: string): string {
  return value.length <= PARAMETER_CHARS_MAX ? value : `${value.slice(0, PARAMETER_CHARS_MAX - 3)}...`;
}
