/** A judge in a configuration, and the judging of a run whose questions a coordinator lists. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { create, RunSchema } from '@soar/contracts';
import type { JudgeReport } from '@soar/judge';
import { Progress } from '../progress.js';
import { loadRunConfig, presetConfig } from '../run-config.js';
import type { CoordinatorClient } from '../watch-run.js';
import { configuredJudge } from './configured-judge.js';
import { judgeRun } from './judge-run.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-judge-'));
after(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'run.yaml');
  writeFileSync(path, text);
  return path;
}

test('a configuration may name a judge; it is no part of what is sent', async () => {
  const path = file('judge: { url: "https://host/v1", model: m, samples: 7 }\n');
  assert.equal(configuredJudge(path)!.samples, 7);
  assert.deepEqual(await loadRunConfig(path), presetConfig('paper'));
  assert.equal(configuredJudge(file('domain: math\n')), undefined);
  assert.throws(
    () => configuredJudge(file('domain: math\njudge:\n  url: https://host/v1\n  modle: m\n')),
    /run\.yaml:4:\d+: judge\.modle: unknown field; known here: url, model/,
  );
});

test('a sample over the run’s own steps is judged and written beside its report', async () => {
  const server = createServer((_, response) => {
    const content = '{"well_posed": true, "correct": true}';
    response.end(JSON.stringify({ choices: [{ message: { content } }] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const config = presetConfig('quickstart');
    const perStep = config.teacher!.datasets * config.teacher!.questionsPerDataset;
    const listed: number[] = [];
    const coordinator = {
      listProposals: async ({ outerStep = 0 }: { outerStep?: number }) => {
        listed.push(outerStep);
        const one = (_: unknown, i: number) => ({ id: `step-${outerStep}/${i}`, question: 'q', answer: 'a' });
        return { questions: Array.from({ length: perStep }, one) };
      },
    } as unknown as CoordinatorClient;
    const run = create(RunSchema, {
      id: 'mine',
      config,
      outerStepsDone: 6,
      report: { fork: { runId: 'source', fromStep: 2 } },
    });
    const settings = configuredJudge(file(`judge: { url: "${url}", model: m, samples: 30 }\n`))!;
    const { report, path } = await judgeRun(coordinator, run, settings, {
      out: folder,
      progress: new Progress('json', new PassThrough()),
      signal: AbortSignal.timeout(60_000),
    });
    assert.deepEqual([report.questions, report.sampled, report.correct], [4 * perStep, 30, 30]);
    assert.deepEqual(listed, [...new Set(listed)], 'each step is listed once');
    assert.ok(listed.every((step) => step >= 2 && step < 6));
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')) as JudgeReport, report);
    assert.equal(path, join(folder, 'mine', 'judge.json'));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
