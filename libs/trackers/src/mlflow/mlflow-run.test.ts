import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { reportOf, START_MS } from '../testing/report.js';
import type { RunRecord, TrackerRecord } from '../records/record.js';
import { recordsOf } from '../records/run-records.js';
import { type MlflowServer, mlflowUrl } from './call.js';
import { MlflowRun } from './mlflow-run.js';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

interface Answer {
  readonly status?: number;
  readonly json: object;
}

const clock = { now: () => 0, sleep: () => Promise.resolve() };

/** Replies of MLflow 3, as its server gave them, over HTTP; `other` replaces some. */
async function withServer(
  other: (seen: Seen, times: number) => Answer | undefined,
  act: (server: MlflowServer, seen: readonly Seen[]) => Promise<void>,
): Promise<void> {
  const all: Seen[] = [];
  const http = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const seen = {
        method: request.method!,
        path: request.url!.replace('/api/2.0/', ''),
        body,
        authorization: request.headers.authorization,
      };
      all.push(seen);
      const times = all.filter(({ path }) => path === seen.path).length;
      const { status = 200, json } = other(seen, times) ?? replyTo(seen);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  try {
    const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    await act({ url, token: 'a-token', clock }, all);
  } finally {
    http.closeAllConnections();
    http.close();
  }
}

function replyTo({ path }: Seen): Answer {
  if (path.startsWith('mlflow/experiments/get-by-name'))
    return { status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such experiment' } };
  if (path === 'mlflow/experiments/create') return { json: { experiment_id: '4' } };
  if (path === 'mlflow/runs/create')
    return { json: { run: { info: { run_id: 'r1', artifact_uri: 'mlflow-artifacts:/4/r1/artifacts' } } } };
  return { json: {} };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const records = recordsOf(reportOf({ steps: 300 }));
const head = records[0] as RunRecord;
const dated = (some: readonly TrackerRecord[]) => some.map((record) => ({ record, atMs: START_MS }));

/** As an export does: all of it, and what was begun is removed where it fails. */
async function logged(server: MlflowServer) {
  const run = await MlflowRun.openNew(server, 'soar', head);
  try {
    await run.write(dated(records));
    return await run.close({ state: 'succeeded', report: '{}' });
  } catch (error) {
    await run.discard();
    throw error;
  }
}

interface Batch {
  readonly metrics?: readonly { readonly key: string; readonly step: number; readonly timestamp: number }[];
  readonly params?: readonly { readonly value: string }[];
}

const batchesIn = (seen: readonly Seen[]): Batch[] =>
  seen.filter(({ path }) => path === 'mlflow/runs/log-batch').map(({ body }) => JSON.parse(body) as Batch);

describe('a run in MLflow', () => {
  it('is made in an experiment that is made too, with metrics in batches, artifacts and a last status', async () => {
    await withServer(
      () => undefined,
      async (server, seen) => {
        const { data } = await logged(server);
        assert.deepEqual(data!['artifacts'], ['report.json', 'questions.json']);
        assert.ok(seen.every(({ authorization }) => authorization === 'Bearer a-token'));
        const batches = batchesIn(seen);
        const metrics = batches.flatMap((batch) => batch.metrics ?? []);
        assert.equal(metrics.length, 2 * 9 + 300 * 8 + 6);
        assert.equal(metrics.filter(({ key }) => key === 'training/kl/pq').length, 300);
        assert.ok(batches.every((batch) => (batch.metrics ?? []).length <= 1000));
        assert.ok(batches.every((batch) => (batch.params ?? []).length <= 100));
        assert.ok(batches.flatMap((batch) => batch.params ?? []).every(({ value }) => value !== ''));
        const put = seen.filter(({ method }) => method === 'PUT').map(({ path }) => path);
        assert.deepEqual(put, [
          'mlflow-artifacts/artifacts/4/r1/artifacts/report.json',
          'mlflow-artifacts/artifacts/4/r1/artifacts/questions.json',
        ]);
        assert.match(seen.at(-1)!.body, /"status":"FINISHED"/);
      },
    );
  });

  it('is not made twice in one experiment', async () => {
    const found = { json: { runs: [{ info: { run_id: 'r0' } }] } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/search' ? found : undefined),
      async (server, seen) => {
        await assert.rejects(logged(server), /has run a-run already, as r0/);
        assert.ok(seen.every(({ path }) => path !== 'mlflow/runs/create'));
      },
    );
  });

  it('is deleted again where it cannot be logged whole, and the message has no token in it', async () => {
    const refused = { status: 400, json: { error_code: 'INVALID', message: 'not with a-token' } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/log-batch' ? refused : undefined),
      async (server, seen) => {
        await assert.rejects(logged(server), /status 400: not with \[token\]/);
        assert.equal(seen.at(-1)!.path, 'mlflow/runs/delete');
      },
    );
  });
});

describe('a run that is logged as it goes', () => {
  const info = { run_id: 'r7', start_time: START_MS, artifact_uri: 'mlflow-artifacts:/4/r7/artifacts' };
  const tags = [{ key: 'soar.live', value: 'true' }];
  /** The outer loop is there, and 100 steps of a training. */
  const metrics = records
    .filter((it) => it.kind === 'scalar' && (it.arm === undefined || it.step === 99))
    .map((it) => it.kind === 'scalar' && { key: it.arm ? `${it.tag}/${it.arm}` : it.tag, step: it.step });

  it('is found by its tag and continued behind what is there', async () => {
    await withServer(
      ({ path }) =>
        path === 'mlflow/runs/search' ? { json: { runs: [{ info, data: { metrics, tags } }] } } : undefined,
      async (server, seen) => {
        const run = await MlflowRun.open(server, 'soar', head);
        await run.write(dated(records.filter(({ kind }) => kind === 'scalar')));
        const sent = batchesIn(seen).flatMap((batch) => batch.metrics ?? []);
        assert.equal(sent.length, 200 * 8);
        assert.ok(sent.every(({ key, step }) => key.endsWith('/pq') && step >= 100));
        assert.ok(seen.every(({ path }) => path !== 'mlflow/runs/create'));
        await run.close({ state: 'open', report: '{}' });
        assert.match(seen.at(-1)!.body, /"run_id":"r7","status":"RUNNING"\}/);
      },
    );
  });

  it('is another one than a run of the same name that began at another time', async () => {
    const other = { info: { ...info, start_time: 1 }, data: { metrics, tags } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/search' ? { json: { runs: [other] } } : undefined),
      async (server, seen) => {
        await MlflowRun.open(server, 'soar', head);
        assert.ok(seen.some(({ path }) => path === 'mlflow/runs/create'));
      },
    );
  });

  it('sends what a request that failed did not bring, and nothing that one before it did', async () => {
    const refused = { status: 400, json: { error_code: 'INVALID', message: 'no' } };
    let refuses = true;
    await withServer(
      ({ path }, times) => (path === 'mlflow/runs/log-batch' && times === 2 && refuses ? refused : undefined),
      async (server, seen) => {
        const run = await MlflowRun.open(server, 'soar', head);
        const scalars = dated(records.filter(({ kind }) => kind === 'scalar'));
        await assert.rejects(run.write(scalars), /status 400/);
        refuses = false;
        await run.write(scalars);
        const sizes = batchesIn(seen).map((batch) => batch.metrics!.length);
        assert.deepEqual(sizes, [1000, 1000, 1000, 418]);
      },
    );
  });
});

describe('an export to MLflow', () => {
  it('survives a server that fails for a moment, and is created only once', async () => {
    const away = { status: 500, json: { message: 'away' } };
    await withServer(
      ({ path }, times) => (path === 'mlflow/runs/log-batch' && times === 1 ? away : undefined),
      (server) => logged(server).then(() => undefined),
    );
    await withServer(
      ({ path }) => (path === 'mlflow/runs/create' ? away : undefined),
      async (server, seen) => {
        await assert.rejects(logged(server), /status 500: away/);
        assert.equal(seen.filter(({ path }) => path === 'mlflow/runs/create').length, 1);
      },
    );
  });

  it('says where artifacts are that the server does not take over HTTP', async () => {
    const local = { json: { run: { info: { run_id: 'r1', artifact_uri: '/srv/mlruns/4/r1' } } } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/create' ? local : undefined),
      async (server, seen) => {
        assert.match(
          (await logged(server)).what,
          /no artifacts: the server keeps them at "\/srv\/mlruns\/4\/r1"/,
        );
        assert.ok(seen.every(({ method }) => method !== 'PUT'));
      },
    );
  });
});

describe('the address of an MLflow server', () => {
  it('is refused where it would carry a token in plain text off this machine', () => {
    assert.equal(mlflowUrl('http://127.0.0.1:5000', 'a').port, '5000');
    assert.throws(() => mlflowUrl('http://mlflow.example', 'a'), /plain text; use https/);
    assert.throws(
      () => mlflowUrl('http://me:secret@mlflow.example', undefined),
      (error: Error) => {
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    assert.throws(() => mlflowUrl('mlruns', undefined), /expected the address of an MLflow server/);
  });
});
