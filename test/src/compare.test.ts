/** `soar compare` as a user has it: small, interrupted in the middle, gone on with, and asked for more. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ended, runSoar, startSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { baseModel, configuration, problemLines } from './tiny-run.js';

const folder = temporaryFolder();
const COMPARE_MS_MAX = 240_000;
const ARMS =
  'hard-only,base-t,intrinsic-t,grounded-t,no-promotion,ps,pq,pq-correct,pq-other-mode,upper-bound';

/** Arguments of a comparison of one teacher seed and two student seeds. */
function argumentsFor(out: string, ...more: string[]): string[] {
  const files = {
    '--config': folder.write('tiny.yaml', configuration),
    '--train': folder.write('train.jsonl', problemLines(11)),
    '--test': folder.write('test.jsonl', problemLines(701)),
    '--curated': folder.write('curated.jsonl', problemLines(301)),
  };
  const seeds = ['--teachers', '1', '--students', '2', '--alone', '2'];
  return [
    'compare',
    ...Object.entries(files).flat(),
    '--model',
    baseModel,
    ...seeds,
    '--workers',
    '1',
    '--out',
    out,
    ...more,
  ];
}

interface Report {
  readonly arms: readonly {
    readonly arm: string;
    readonly students: number;
    readonly cost: { seconds?: number };
  }[];
  readonly teachers: readonly { readonly cost: { seconds?: number } }[];
}

/** What a comparison has left, without times and without the command. */
function leftIn(out: string): unknown {
  const timeless = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const { seconds: _s, workerSeconds: _w, command: _c, ...rest } = value as Record<string, unknown>;
    return rest;
  };
  const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'), timeless);
  const units = readdirSync(join(out, 'units')).sort();
  return { report: read('report.json'), units: units.map((name) => [name, read(join('units', name))]) };
}

test('a comparison that is interrupted goes on where it was, and ends as one that was not', async () => {
  const whole = folder.at('whole');
  const ended = await runSoar(argumentsFor(whole, '--arms', ARMS), COMPARE_MS_MAX);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^ +students +pass@1 +pass@4 +pass@1 over Hard-Only +steps$/m);
  assert.match(ended.stdout, /^Hard-Only +2 /m);
  assert.match(ended.stdout, /^Upper bound +2 /m);
  const { arms } = JSON.parse(readFileSync(join(whole, 'report.json'), 'utf8')) as Report;
  assert.deepEqual(
    arms.map(({ arm, students }) => [arm, students]),
    [
      ['base', 2],
      ['hard-only', 2],
      ['base-t', 2],
      ['intrinsic-t', 2],
      ['no-promotion', 2],
      ['grounded-t', 2],
      ['ps', 1],
      ['pq', 2],
      ['pq-correct', 2],
      ['pq-other-mode', 2],
      ['upper-bound', 2],
    ],
  );
  const page = readFileSync(join(whole, 'report.html'), 'utf8');
  assert.match(page, /<h1>SOAR: comparison of arms<\/h1>/);
  assert.doesNotMatch(page, /https?:/);

  const cut = folder.at('cut');
  const started = startSoar(argumentsFor(cut, '--arms', ARMS), COMPARE_MS_MAX);
  const units = join(cut, 'units');
  while (!existsSync(units) || readdirSync(units).length < 3) {
    assert.equal(started.child.exitCode, null, 'it ended before it was interrupted');
    await sleep(50);
  }
  started.child.kill('SIGINT');
  const interrupted = await started.ended;
  assert.equal(interrupted.code, 130);
  assert.match(interrupted.stderr, /units that were finished are kept, and the same command goes on$/m);
  const before = readdirSync(units).length;
  const again = await runSoar(argumentsFor(cut, '--arms', ARMS), COMPARE_MS_MAX);
  assert.equal(again.code, 0, again.stderr);
  assert.ok(before >= 3);
  assert.deepEqual(leftIn(cut), leftIn(whole));

  // Once more: everything is there, and nothing is made. An earlier version's configuration had fewer fields.
  const described = join(cut, 'comparison.json');
  const { config, ...rest } = JSON.parse(readFileSync(described, 'utf8')) as {
    config: Record<string, unknown>;
  };
  const { retention: _r, reward: _w, ...earlier } = config;
  writeFileSync(described, JSON.stringify({ ...rest, config: earlier }));
  const found = await runSoar(argumentsFor(cut, '--arms', ARMS, '--json'), COMPARE_MS_MAX);
  const events = found.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; found?: boolean });
  assert.ok(events.filter(({ event }) => event === 'unit').every((event) => event.found === true));
  assert.deepEqual(leftIn(cut), leftIn(whole));
});

test('what cannot be compared is refused before any work', async () => {
  const refusals: readonly (readonly [more: string[], message: RegExp])[] = [
    [['--arms', 'hard-only,best'], /There is no arm "best"; there are base, hard-only, /],
    [['--teachers', '0'], /whole number from 1/],
    [
      ['--arms', 'pq-correct', '--config', folder.write('math.yaml', `domain: math\n${configuration}`)],
      /pq-correct needs an oracle/,
    ],
    [['--preset', 'quickstart'], /--config: the file names its preset itself/],
  ];
  for (const [more, message] of refusals) {
    const out = folder.at('refused');
    const { code, stderr } = await runSoar(argumentsFor(out, ...more), 60_000);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.ok(!existsSync(join(out, 'units')));
  }
});

test('results of other inputs, and a unit that is none, are refused and stay as they are', async () => {
  const out = folder.at('whole');
  const before = leftIn(out);
  const other = argumentsFor(out, '--steps', '3');
  const refused: Ended = await runSoar(other, 60_000);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /holds a comparison with other inputs \(config differs\); name another --out/);
  assert.deepEqual(leftIn(out), before);

  const damaged = folder.at('damaged');
  mkdirSync(join(damaged, 'units'), { recursive: true });
  writeFileSync(join(damaged, 'units', 'student-base-0.json'), '{"unit":"student"}');
  const { code, stderr } = await runSoar(argumentsFor(damaged, '--arms', 'hard-only'), 60_000);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /student-base-0\.json: not a unit of a comparison: .*delete the file to make it again/,
  );
});
