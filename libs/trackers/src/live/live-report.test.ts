import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { UserError } from '@soar/core';
import { JsonLinesFile } from '../json-lines/json-lines-file.js';
import type { Dated } from '../records/record.js';
import { recordsOf } from '../records/run-records.js';
import { reportOf } from '../testing/report.js';
import type { Destination } from './delivery.js';
import { LiveReport } from './live-report.js';

const root = mkdtempSync(join(tmpdir(), 'soar-live-'));
after(() => rmSync(root, { recursive: true }));

const report = reportOf();
const before = { ...report, steps: [], arms: [], promotionQuestions: [] };
const jsonl = (folder: string): Destination => ({
  name: 'jsonl',
  open: (head) => JsonLinesFile.open(join(root, folder), head),
});
const linesOf = (folder: string): string[] =>
  readFileSync(join(root, folder, 'a-run.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .sort();
const exported = recordsOf(report)
  .map((record) => JSON.stringify(record))
  .sort();

describe('a run that is reported as it goes', () => {
  it('has the records of an export afterwards, also when it was interrupted', async () => {
    const first = new LiveReport([jsonl('resumed')], () => assert.fail());
    first.report({
      ...before,
      config: { ...report.config!, outerSteps: 0 },
      timing: { ...report.timing!, startTime: undefined },
    });
    assert.equal(first.hasBegun, false, 'a configuration that is not resolved is not reported');
    first.report(before);
    first.step(report.steps[0]!);
    await first.leave();
    assert.equal(linesOf('resumed').length, 1 + 9, 'a step is written when it is done');
    const second = new LiveReport([jsonl('resumed')], () => assert.fail());
    second.report({ ...before, steps: report.steps.slice(0, 1) });
    second.step(report.steps[1]!);
    second.training('pq', report.arms[1]!.training.slice(0, 1));
    const ended = await second.end('succeeded', report);
    assert.deepEqual(
      ended.map(([name, { place }]) => [name, place]),
      [['jsonl', join(root, 'resumed', 'a-run.jsonl')]],
    );
    assert.deepEqual(linesOf('resumed'), exported);
  });

  it('has no end where it failed: it can be resumed', async () => {
    const live = new LiveReport([jsonl('failed')], () => assert.fail());
    await live.end('failed', report);
    assert.ok(linesOf('failed').every((line) => !line.includes('"end"') && !line.includes('"result"')));
  });

  it('goes on without a tracker that fails, which is said once', async () => {
    const said: string[] = [];
    const full: Destination = { name: 'full', open: () => Promise.reject(new Error('ENOSPC')) };
    const live = new LiveReport([full, jsonl('beside')], (name, text) => said.push(`${name}: ${text}`));
    live.report(report);
    live.step(report.steps[1]!);
    const ended = await live.end('succeeded', report);
    assert.deepEqual(
      ended.map(([name]) => name),
      ['jsonl'],
    );
    assert.deepEqual(linesOf('beside'), exported);
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /^full: ENOSPC; .*"soar runs export a-run --to full --follow" adds what is missing/,
    );
  });
});

describe('a server that is away', () => {
  it('gets what it missed when it answers', async () => {
    let wake = (): void => undefined;
    const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => (wake = resolve)) };
    const got: Dated[] = [];
    let isAway = true;
    const server: Destination = {
      name: 'server',
      open: () =>
        Promise.resolve({
          write: (items) => {
            if (isAway) return Promise.reject(new UserError('not reachable', 'UNAVAILABLE'));
            got.push(...items);
            return Promise.resolve();
          },
          close: () => Promise.resolve({ place: 'there', what: 'all' }),
        }),
    };
    const said: string[] = [];
    const live = new LiveReport([server], (_, text) => said.push(text), clock);
    live.report(before);
    await settled();
    live.step(report.steps[0]!);
    assert.match(said.join('\n'), /^not reachable; the run continues, and what it misses is sent/);
    isAway = false;
    wake();
    await settled();
    assert.deepEqual(said.slice(1), ['it answers again']);
    assert.equal(got.length, 1 + 9);
    assert.equal((await live.end('succeeded', report)).length, 1);
    assert.equal(got.length, exported.length);
  });
});

/** After promises that are due. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
