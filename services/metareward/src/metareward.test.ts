/** The service over real gRPC, with a ledger in a file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MetaRewardService, StepScoreSchema, toBinary } from '@soar/contracts';
import { type Client, createClient, startServer } from '@soar/grpc-kit';
import { openLedger } from '@soar/store';
import { RewardLedger } from './ledger.js';
import { metaRewardRoutes } from './routes.js';
import { stepRequest } from './testing/step-request.js';

const students = [
  [1, 2],
  [0, 1],
];

interface Running {
  readonly client: Client<typeof MetaRewardService>;
  stop(): Promise<void>;
}

async function start(folder: string): Promise<Running> {
  const ledger = await openLedger(folder);
  const server = await startServer({
    listen: '127.0.0.1:0',
    services: [metaRewardRoutes(new RewardLedger(ledger))],
  });
  const client = createClient(MetaRewardService, server.address, { deadlineMs: 10_000 });
  return {
    client,
    async stop() {
      client.close();
      await server.stop();
      await ledger.close();
    },
  };
}

/** A metareward service, stopped after the test; `again` restarts it on the same ledger. */
async function metareward(t: TestContext): Promise<Running & { again: () => Promise<Running> }> {
  const folder = await mkdtemp(join(tmpdir(), 'soar-metareward-'));
  let running = await start(folder);
  let stopped = false;
  t.after(async () => {
    if (!stopped) await running.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    ...running,
    again: async () => {
      stopped = true;
      await running.stop();
      running = await start(folder);
      stopped = false;
      return running;
    },
  };
}

test('a step is scored once; repeating it, in any order, returns the first score', async (t) => {
  const { client } = await metareward(t);
  const { score } = await client.scoreStep(stepRequest({ students }));
  assert.equal(score!.datasets.length, 2);
  const shuffled = stepRequest({ students });
  shuffled.students.reverse();
  shuffled.baseline!.outcomes.reverse();
  const again = await client.scoreStep(shuffled);
  assert.deepEqual(toBinary(StepScoreSchema, again.score!), toBinary(StepScoreSchema, score!));
  assert.equal((await client.listLedger({ runId: 'run' })).entries.length, 1);
});

test('other evaluations for a scored step are ALREADY_EXISTS', async (t) => {
  const { client } = await metareward(t);
  await client.scoreStep(stepRequest({ students }));
  const other = stepRequest({ students: [[1, 2], [0, 2]] }); // prettier-ignore
  await assert.rejects(client.scoreStep(other), {
    name: 'UserError',
    reason: 'ALREADY_EXISTS',
    message: /step 0 of run run was scored from other evaluations/,
  });
  await client.scoreStep(stepRequest({ runId: 'another-run', students }));
});

test('concurrent requests for the same step are scored once', async (t) => {
  const { client } = await metareward(t);
  const all = await Promise.all(
    Array.from({ length: 12 }, () => client.scoreStep(stepRequest({ students }))),
  );
  for (const { score } of all) assert.deepEqual(score, all[0]!.score);
});

test('steps are scored in order, with one promotion config', async (t) => {
  const { client } = await metareward(t);
  await assert.rejects(client.scoreStep(stepRequest({ step: 1, students })), {
    reason: 'FAILED_PRECONDITION',
    message: /expected 0 next in run run, got 1/,
  });
  await client.scoreStep(stepRequest({ students }));
  await assert.rejects(client.scoreStep(stepRequest({ step: 1, students, tau: 0.5 })), {
    reason: 'INVALID_ARGUMENT',
    message: /promotion: differs from step 0 of run/,
  });
  await client.scoreStep(stepRequest({ step: 1, students }));
});

test('a refused step leaves nothing in the ledger', async (t) => {
  const { client } = await metareward(t);
  const bad = stepRequest({ students });
  bad.students.pop();
  await assert.rejects(client.scoreStep(bad), { reason: 'INVALID_ARGUMENT', where: 'students' });
  const noRun = stepRequest({ runId: '../x', students });
  await assert.rejects(client.scoreStep(noRun), { reason: 'INVALID_ARGUMENT', message: /run_id/ });
  assert.deepEqual((await client.listLedger({ runId: 'run' })).entries, []);
});

test('the window is read from the ledger: a restart between steps changes nothing', async (t) => {
  const solved = [0, 0, 2, 0, 0, 0, 3, 1, 0];
  const play = async (restarts: boolean): Promise<Uint8Array[]> => {
    const service = await metareward(t);
    let { client } = service;
    const scores: Uint8Array[] = [];
    for (const [step, count] of solved.entries()) {
      const request = stepRequest({ step, tau: 0.05, students: [[count, count], [0, count]] }); // prettier-ignore
      scores.push(toBinary(StepScoreSchema, (await client.scoreStep(request)).score!));
      if (restarts) client = (await service.again()).client;
    }
    const promoted = (await client.listLedger({ runId: 'run' })).entries.flatMap(({ score }) =>
      score?.promotion === undefined ? [] : [score.outerStep],
    );
    assert.deepEqual(promoted, [2, 6, 7]);
    return scores;
  };
  assert.deepEqual(await play(true), await play(false));
});

test('the ledger is read page by page and keeps the evaluations of every score', async (t) => {
  const { client } = await metareward(t);
  for (let step = 0; step < 5; step++) await client.scoreStep(stepRequest({ step, students }));
  const first = await client.listLedger({ runId: 'run', pageSize: 2 });
  assert.deepEqual(
    first.entries.map(({ score }) => score!.outerStep),
    [0, 1],
  );
  assert.equal(first.more, true);
  assert.deepEqual(first.entries[1]!.request, stepRequest({ step: 1, students }));
  const last = await client.listLedger({ runId: 'run', firstStep: 3, pageSize: 2 });
  assert.equal(last.entries.length, 2);
  assert.equal(last.more, false);
  assert.deepEqual(
    await client.listLedger({ runId: 'nobody' }).then(({ entries, more }) => [entries, more]),
    [[], false],
  );
});

test('a page is bounded in bytes, so that large steps can be read', async (t) => {
  const { client } = await metareward(t);
  const students = Array.from({ length: 16 }, () => Array.from({ length: 20 }, () => 1));
  const large = (step: number) => stepRequest({ step, questions: 500, students });
  for (let step = 0; step < 4; step++) await client.scoreStep(large(step));
  let read = 0;
  for (let pages = 1; ; pages++) {
    const { entries, more } = await client.listLedger({ runId: 'run', firstStep: read });
    read += entries.length;
    assert.ok(entries.length > 0);
    if (!more) {
      assert.ok(pages > 1);
      break;
    }
  }
  assert.equal(read, 4);
});

test('any step recomputed from its evaluations is bitwise equal', async (t) => {
  const { client } = await metareward(t);
  for (const [step, count] of [0, 3, 1, 5, 0, 2].entries()) {
    await client.scoreStep(
      stepRequest({
        step,
        questions: 7,
        students: [
          [count, 1, 0],
          [2, count, 1],
        ],
      }),
    );
  }
  for (let outerStep = 0; outerStep < 6; outerStep++) {
    const { recorded, recomputed, equal } = await client.recompute({ runId: 'run', outerStep });
    assert.equal(equal, true);
    assert.deepEqual(recomputed, recorded);
  }
  await assert.rejects(client.recompute({ runId: 'run', outerStep: 6 }), {
    reason: 'NOT_FOUND',
    message: /run run has no step 6 in the ledger; it has 6 steps/,
  });
});

test('Recompute detects a score that was changed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'soar-metareward-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const rows = await openLedger(folder);
  t.after(() => rows.close());
  const ledger = new RewardLedger(rows);
  const { score } = await ledger.score(stepRequest({ students }));
  const row = (await rows.get('run', 0))!;
  score.datasets[0]!.reward += 1e-16 + Number.EPSILON;
  await rows.append('forged', { ...row, score: toBinary(StepScoreSchema, score) });
  const signal = new AbortController().signal;
  assert.equal((await ledger.recompute('run', 0, signal)).equal, true);
  assert.equal((await ledger.recompute('forged', 0, signal)).equal, false);
});
