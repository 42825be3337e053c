/**
 * What is asked of an MLflow server, by its REST API: experiments, runs, values in batches, artifacts. Replies are
 * checked.
 * Source: https://mlflow.org/docs/latest/rest-api.html
 */
import { InvariantError, UserError } from '@soar/core';
import { call, MlflowRefusal, type MlflowServer, type Reply } from './call.js';

const API = '/api/2.0/mlflow';
/** Of one log-batch. */
const METRICS_MAX = 1000;
const PARAMETERS_MAX = 100;
/** Runs of one name that are looked through. */
const FOUND_MAX = 20;

export interface Metric {
  readonly key: string;
  readonly step: number;
  readonly value: number;
  readonly timestamp: number;
}

export interface FoundRun {
  readonly runId: string;
  readonly startMs: number;
  readonly artifactUri: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The last step of each metric. */
  readonly lastSteps: ReadonlyMap<string, number>;
}

/** Its id; it is made if missing. */
export async function experimentOf(server: MlflowServer, name: string): Promise<string> {
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
    const made = await post(server, 'experiments/create', { name }, false);
    return idIn(made['experiment_id'], 'experiment_id');
  }
}

/** The runs of an experiment that are of a run of ours, by its id. */
export async function findRuns(server: MlflowServer, experimentId: string, id: string): Promise<FoundRun[]> {
  // The id has no quotes: it was checked to be a name of files.
  if (id.includes("'")) throw new InvariantError(`run ${id}: a quote in an id`);
  const filter = `tags.\`soar.run_id\` = '${id}'`;
  const body = { experiment_ids: [experimentId], filter, max_results: FOUND_MAX };
  const { runs } = await post(server, 'runs/search', body, true);
  return Array.isArray(runs) ? (runs as Reply[]).map(foundRun) : [];
}

export async function createRun(
  server: MlflowServer,
  experimentId: string,
  about: { readonly id: string; readonly startMs: number; readonly tags: Readonly<Record<string, string>> },
): Promise<FoundRun> {
  const body = {
    experiment_id: experimentId,
    run_name: about.id,
    start_time: about.startMs,
    tags: Object.entries(about.tags).map(([key, value]) => ({ key, value })),
  };
  return foundRun((await post(server, 'runs/create', body, false))['run'] as Reply);
}

/** In requests within the API's limits; `done` is called after each. */
export async function logBatches(
  server: MlflowServer,
  runId: string,
  params: readonly { readonly key: string; readonly value: string }[],
  metrics: readonly Metric[],
  done: (metrics: readonly Metric[]) => void,
): Promise<void> {
  for (let i = 0; i < params.length; i += PARAMETERS_MAX)
    await post(
      server,
      'runs/log-batch',
      { run_id: runId, params: params.slice(i, i + PARAMETERS_MAX) },
      true,
    );
  for (let i = 0; i < metrics.length; i += METRICS_MAX) {
    const some = metrics.slice(i, i + METRICS_MAX);
    await post(server, 'runs/log-batch', { run_id: runId, metrics: some }, true);
    done(some);
  }
}

export async function updateRun(
  server: MlflowServer,
  runId: string,
  status: string,
  endMs?: number,
): Promise<void> {
  const body = { run_id: runId, status, ...(endMs !== undefined && { end_time: endMs }) };
  await post(server, 'runs/update', body, true);
}

export async function deleteRun(server: MlflowServer, runId: string): Promise<void> {
  await post(server, 'runs/delete', { run_id: runId }, true);
}

export async function setTag(server: MlflowServer, runId: string, key: string, value: string): Promise<void> {
  await post(server, 'runs/set-tag', { run_id: runId, key, value }, true);
}

/** Where the server takes artifacts of a run over HTTP; undefined where it does not. */
export function artifactPath({ artifactUri }: FoundRun): string | undefined {
  return /^mlflow-artifacts:\/+(?:[^/]*:\d+\/+)?([\w./-]+)$/.exec(artifactUri)?.[1];
}

export async function putArtifact(server: MlflowServer, path: string, body: string): Promise<void> {
  const whole = `/api/2.0/mlflow-artifacts/artifacts/${path}`;
  await call(server, { method: 'PUT', path: whole, body, type: 'application/json', repeatable: true });
}

function post(server: MlflowServer, method: string, body: object, repeatable: boolean): Promise<Reply> {
  return call(server, { method: 'POST', path: `${API}/${method}`, body: JSON.stringify(body), repeatable });
}

function foundRun(run: Reply | undefined): FoundRun {
  const info = (run?.['info'] ?? {}) as Reply;
  const data = (run?.['data'] ?? {}) as Reply;
  const listed = (name: string): Reply[] => (Array.isArray(data[name]) ? (data[name] as Reply[]) : []);
  return {
    runId: idIn(info['run_id'], 'run_id'),
    startMs: Number(info['start_time'] ?? 0),
    artifactUri: String(info['artifact_uri'] ?? ''),
    tags: new Map(listed('tags').map(({ key, value }) => [String(key), String(value)])),
    lastSteps: new Map(listed('metrics').map(({ key, step }) => [String(key), Number(step ?? 0)])),
  };
}

function idIn(value: unknown, field: string): string {
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(value)) return value;
  throw new UserError(`MLflow: a reply without ${field}; is this an MLflow server?`, 'FAILED_PRECONDITION');
}
