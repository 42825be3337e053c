import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { reportOf } from '../testing/report.js';
import { trackedRun } from '../tracked-run.js';
import { type MlflowServer, mlflowUrl } from './call.js';
import { logToMlflow } from './log-run.js';

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

const run = trackedRun(reportOf({ steps: 300 }));

describe('a run in MLflow', () => {
  it('is made in an experiment that is made too, with metrics in batches, artifacts and a last status', async () => {
    await withServer(
      () => undefined,
      async (server, seen) => {
        const logged = await logToMlflow(server, 'soar', run, '{}');
        assert.deepEqual(logged.artifacts, ['report.json', 'questions.json']);
        assert.ok(seen.every(({ authorization }) => authorization === 'Bearer a-token'));
        const batches = seen
          .filter(({ path }) => path === 'mlflow/runs/log-batch')
          .map(
            ({ body }) => JSON.parse(body) as { metrics?: { key: string }[]; params?: { value: string }[] },
          );
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
        await assert.rejects(logToMlflow(server, 'soar', run, '{}'), /has run a-run already, as r0/);
        assert.ok(seen.every(({ path }) => path !== 'mlflow/runs/create'));
      },
    );
  });

  it('is deleted again where it cannot be logged whole, and the message has no token in it', async () => {
    const refused = { status: 400, json: { error_code: 'INVALID', message: 'not with a-token' } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/log-batch' ? refused : undefined),
      async (server, seen) => {
        await assert.rejects(logToMlflow(server, 'soar', run, '{}'), /status 400: not with \[token\]/);
        assert.equal(seen.at(-1)!.path, 'mlflow/runs/delete');
      },
    );
  });
});

describe('an export to MLflow', () => {
  it('survives a server that fails for a moment, and is created only once', async () => {
    const away = { status: 500, json: { message: 'away' } };
    await withServer(
      ({ path }, times) => (path === 'mlflow/runs/log-batch' && times === 1 ? away : undefined),
      (server) => logToMlflow(server, 'soar', run, '{}').then(() => undefined),
    );
    await withServer(
      ({ path }) => (path === 'mlflow/runs/create' ? away : undefined),
      async (server, seen) => {
        await assert.rejects(logToMlflow(server, 'soar', run, '{}'), /status 500: away/);
        assert.equal(seen.filter(({ path }) => path === 'mlflow/runs/create').length, 1);
      },
    );
  });

  it('says where artifacts are that the server does not take over HTTP', async () => {
    const local = { json: { run: { info: { run_id: 'r1', artifact_uri: '/srv/mlruns/4/r1' } } } };
    await withServer(
      ({ path }) => (path === 'mlflow/runs/create' ? local : undefined),
      async (server, seen) => {
        const logged = await logToMlflow(server, 'soar', run, '{}');
        assert.equal(logged.artifactsElsewhere, '/srv/mlruns/4/r1');
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
