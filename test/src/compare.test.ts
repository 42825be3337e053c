/**
 * The real `soar compare` at a small size: interrupted, killed, resumed, elsewhere, and with units from another folder.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment } from './faults/deployment.js';
import { kills, Tally } from './faults/disturbances.js';
import { gone, runSoar, type Started, startSoar } from './soar-command.js';
import { soarSession } from './soar-session.js';
import { temporaryFolder } from './temporary-folder.js';
import { ARMS, COMPARE_MS_MAX, leftIn, tinyComparison, unitsIn } from './tiny-comparison.js';
import { configuration } from './tiny-run.js';

const folder = temporaryFolder();
const soar = soarSession();

/** Arguments of a comparison that starts its own services, with one worker. */
function argumentsFor(out: string, ...more: string[]): string[] {
  return tinyComparison(folder, out, '--workers', '1', ...more);
}

interface Report {
  readonly arms: readonly {
    readonly arm: string;
    readonly students: number;
    readonly cost: { seconds?: number };
  }[];
  readonly teachers: readonly { readonly cost: { seconds?: number } }[];
}

test('a comparison has every arm that was asked for, on the terminal, in report.json and on a page', async () => {
  const whole = folder.at('whole');
  const ended = await runSoar(argumentsFor(whole, '--arms', ARMS), COMPARE_MS_MAX);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^ +students +off the plateau +pass@1 +pass@4 +pass@1 over Hard-Only +steps$/m);
  assert.match(ended.stdout, /^Hard-Only +\d of 1, /m);
  assert.match(ended.stdout, /^Upper bound +\d of 1, /m);
  const { arms } = JSON.parse(readFileSync(join(whole, 'report.json'), 'utf8')) as Report;
  const made = ['base', ...ARMS.split(',')].sort();
  assert.deepEqual(
    arms.map(({ arm, students }) => [arm, students]).sort(),
    made.map((arm) => [arm, 1]),
  );
  const page = readFileSync(join(whole, 'report.html'), 'utf8');
  assert.match(page, /<h1>SOAR: comparison of arms<\/h1>/);
  assert.doesNotMatch(page, /https?:/);
});

test('interrupted and with processes killed, a comparison has the results of an undisturbed one', async () => {
  const whole = folder.at('whole');
  const cut = folder.at('cut');
  for (const victim of ['interrupted', 'coordinator', 'trainer']) {
    const started = startSoar(argumentsFor(cut, '--arms', ARMS, '--json'), COMPARE_MS_MAX);
    const { pids } = JSON.parse(await started.firstLine) as { pids: Record<string, number> };
    await hasUnits(started, cut, unitsIn(cut).length + 2);
    if (victim === 'interrupted') started.child.kill('SIGINT');
    else process.kill(pids[victim]!, 'SIGKILL');
    const { code, stderr } = await started.ended;
    assert.notEqual(code, 0, `it did not notice that the ${victim} was killed`);
    if (victim === 'coordinator') {
      assert.equal(code, 1);
      assert.match(stderr, /^soar: service coordinator died during the work: it was killed by SIGKILL/m);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
    if (victim === 'interrupted') {
      assert.equal(code, 130);
      assert.match(stderr, /finished units are kept; the same command resumes the comparison$/m);
    }
    assert.deepEqual(await gone(Object.values(pids), victim === 'coordinator' ? 0 : 20_000), []);
  }
  assert.ok(unitsIn(cut).length < unitsIn(whole).length, 'it ended before everything was killed');
  const again = await runSoar(argumentsFor(cut, '--arms', ARMS), COMPARE_MS_MAX);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(leftIn(cut), leftIn(whole));
});

test('units in a folder that the coordinator does not know are sent to it and not made again', async () => {
  const whole = folder.at('whole');
  const moved = folder.at('moved');
  cpSync(join(whole, 'units'), join(moved, 'units'), { recursive: true });
  // An earlier version's configuration had fewer fields.
  const { config, ...rest } = JSON.parse(readFileSync(join(whole, 'comparison.json'), 'utf8')) as {
    config: Record<string, unknown>;
  };
  const { retention: _r, reward: _w, ...earlier } = config;
  writeFileSync(join(moved, 'comparison.json'), JSON.stringify({ ...rest, config: earlier }));
  rmSync(join(moved, 'units', 'student-hard-only-0.json'));
  const { code, stdout, stderr } = await runSoar(
    argumentsFor(moved, '--arms', ARMS, '--json'),
    COMPARE_MS_MAX,
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(leftIn(moved), leftIn(whole));
  const units = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; name?: string; found?: boolean })
    .filter(({ event }) => event === 'unit');
  assert.equal(units.length, unitsIn(whole).length);
  assert.deepEqual(
    units.filter(({ found }) => found !== true).map(({ name }) => name),
    ['student-hard-only-0'],
  );
});

test('killed processes of a deployment elsewhere, trainers among them, change no unit', async () => {
  const deployment = await Deployment.start({ folder: folder.at('deployment'), trainers: 2 });
  const ended = new AbortController();
  const tally = new Tally();
  try {
    const out = folder.at('elsewhere');
    const there = ['--coordinator', deployment.addressOf('coordinator'), '--artifacts', deployment.folder];
    const comparison = tinyComparison(folder, out, '--arms', 'grounded-t,ps,pq', ...there, '--json');
    const comparing = startSoar(comparison, COMPARE_MS_MAX);
    await comparing.firstLine; // a unit is there
    const killing = kills(11, tally, 3)(deployment, ended.signal);
    const { code, stderr } = await comparing.ended;
    ended.abort();
    await killing;
    assert.equal(code, 0, stderr);
    assert.ok(tally.kills >= 2, `${tally.kills} kills`);
    const { units } = leftIn(out);
    const expected = leftIn(folder.at('whole')).units.filter(([name]) =>
      /^(student-(base|hard-only|grounded-t|ps|pq)|teacher-grounded)-\d/.test(name),
    );
    assert.deepEqual(units, expected);
  } finally {
    ended.abort();
    await deployment.stop();
  }
});

test('invalid comparisons are refused before any work', async () => {
  const refusals: readonly (readonly [more: string[], message: RegExp])[] = [
    [['--arms', 'hard-only,best'], /Unknown arm "best"; expected some of base, hard-only, /],
    [['--teachers', '0'], /whole number from 1/],
    [
      ['--arms', 'pq-correct', '--config', folder.write('math.yaml', `domain: math\n${configuration}`)],
      /pq-correct needs an oracle/,
    ],
    [['--arms', 'given-questions'], /given-questions needs the questions/],
    [
      ['--arms', 'hard-only', '--questions', folder.at('train.jsonl')],
      /--questions: no arm trains on them; add given-questions/,
    ],
    [
      ['--arms', 'given-questions', '--questions', folder.at('test.jsonl')],
      /--questions: .* of \d+ questions stand in the held-out split too/,
    ],
    [['--preset', 'quickstart'], /--config: the file names its preset itself/],
  ];
  for (const [more, message] of refusals) {
    const out = folder.at('refused');
    const { code, stderr } = await soar(argumentsFor(out, ...more), 60_000);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.ok(!existsSync(join(out, 'units')));
  }
});

test('results of other inputs and a malformed unit are refused and not changed', async () => {
  const out = folder.at('whole');
  const before = leftIn(out);
  const other = argumentsFor(out, '--steps', '3');
  const refused = await soar(other, 60_000);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /holds a comparison with other inputs \(config differs\); name another --out/);
  assert.deepEqual(leftIn(out), before);

  const damaged = folder.at('damaged');
  mkdirSync(join(damaged, 'units'), { recursive: true });
  writeFileSync(join(damaged, 'units', 'student-base-0.json'), '{"unit":"student"}');
  const { code, stderr } = await soar(argumentsFor(damaged, '--arms', 'hard-only'), 60_000);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /student-base-0\.json: not a unit of a comparison: .*delete the file to make it again/,
  );
});

/** Waits until so many units are there. */
async function hasUnits({ child }: Started, out: string, count: number): Promise<void> {
  while (unitsIn(out).length < count) {
    assert.equal(child.exitCode, null, 'it ended before it was interrupted');
    await sleep(50);
  }
}
