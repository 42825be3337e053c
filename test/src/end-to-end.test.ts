/**
 * Whole runs through the real command and the five real services on the model that ships with the project, at a tiny
 * size: what a run leaves behind, which service calls which, and that the report depends on the inputs alone: not on
 * workers, a killed command or trainer, or where artifacts are kept.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ACCESS_KEY, S3Server } from '@soar/store/testing';
import { gone, runSoar, startSoar, type Ended } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { outerSteps, problemsPerSplit, tinyRun } from './tiny-run.js';
import { callsIn, readSpans } from './trace-file.js';

const folder = temporaryFolder();
const runId = 'tiny-seed0';
const traceFile = folder.at('spans.jsonl');
const TIMEOUT_MS = 240_000;

interface Arm {
  readonly name: string;
  readonly passAtK: Readonly<Record<string, number>>;
  readonly problems: number;
  readonly samplesPerProblem: number;
}

interface Step {
  readonly score: { readonly datasets: readonly unknown[]; readonly promotion?: unknown };
  readonly teacherGradientNorm: number;
}

interface Report {
  readonly runId: string;
  readonly steps: readonly Step[];
  readonly teacherUpdates: number;
  readonly promotions: number;
  readonly arms: readonly Arm[];
  readonly timing?: unknown;
  readonly versions: {
    readonly builds: readonly { readonly services: readonly { service: string; fingerprint: string }[] }[];
  };
}

const readReport = (out: string): Report =>
  JSON.parse(readFileSync(join(folder.at(out), runId, 'report.json'), 'utf8')) as Report;

const withoutTiming = ({ timing: _, ...rest }: Report): Omit<Report, 'timing'> => rest;

let first: Ended;

before(async () => {
  first = await runSoar(
    tinyRun(folder, folder.at('first'), ['--workers', '1', '--trace', traceFile]),
    TIMEOUT_MS,
  );
  assert.equal(first.code, 0, first.stderr);
});

test('a run leaves its report, the promoted student and the promotion questions', () => {
  const report = readReport('first');
  assert.equal(report.runId, runId);
  assert.equal(report.steps.length, outerSteps);
  const updated = report.steps.filter(({ teacherGradientNorm }) => teacherGradientNorm > 0);
  assert.equal(report.teacherUpdates, updated.length, 'a step without reward differences updates nothing');
  assert.equal(report.promotions, outerSteps);
  assert.ok(report.steps.every(({ score }) => score.datasets.length === 2 && score.promotion !== undefined));
  assert.deepEqual(
    report.arms.map(({ name }) => name),
    ['base', 'hard-only', 'ps', 'pq'],
  );
  for (const arm of report.arms) {
    assert.deepEqual(Object.keys(arm.passAtK).sort(), ['1', '4']);
    assert.deepEqual([arm.problems, arm.samplesPerProblem], [problemsPerSplit, 4]);
  }
  assert.ok(report.timing !== undefined);
  const student = folder.at(`first/${runId}/promoted-student`);
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
    assert.ok(existsSync(join(student, name)));
  const questions = readFileSync(folder.at(`first/${runId}/promotion-questions.jsonl`), 'utf8')
    .trim()
    .split('\n');
  assert.equal(questions.length, outerSteps * 4);
  for (const line of questions) {
    const { question, answer } = JSON.parse(line) as Record<string, unknown>;
    assert.ok(typeof question === 'string' && typeof answer === 'string');
  }
});

test('the report names the builds of all services, which are those that `soar version` prints', async () => {
  const { stdout } = await runSoar(['version', '--json'], TIMEOUT_MS);
  const { builds } = JSON.parse(stdout) as { builds: Record<string, { fingerprint: string }> };
  const [working, ...others] = readReport('first').versions.builds;
  assert.deepEqual(others, []);
  const found = working!.services.map(({ service, fingerprint }) => [service, fingerprint] as const);
  assert.deepEqual(found.map(([service]) => service).sort(), Object.keys(builds).sort());
  for (const [service, fingerprint] of found)
    if (service !== 'trainer') assert.equal(fingerprint, builds[service]!.fingerprint, service);
  // A trainer adds its --provider.
  assert.notEqual(Object.fromEntries(found)['trainer'], builds['trainer']!.fingerprint);
});

test('the printed table agrees with report.json', () => {
  const titles: Record<string, string> = {
    base: 'base',
    'hard-only': 'Hard-Only',
    ps: 'SOAR: PS',
    pq: 'SOAR: PQ',
  };
  for (const { name, passAtK } of readReport('first').arms) {
    const row = first.stdout.split('\n').find((line) => line.startsWith(titles[name]!));
    const shares = [...row!.matchAll(/([\d.]+) %/g)].map(([, share]) => share);
    assert.deepEqual(
      shares,
      ['1', '4'].map((k) => (100 * passAtK[k]!).toFixed(1)),
    );
  }
  assert.match(
    first.stdout,
    new RegExp(`${readReport('first').teacherUpdates} teacher updates?, 2 promotions`),
  );
  assert.match(first.stdout, /SOAR (beats|does not beat) Hard-Only/);
});

test('killed, a run leaves no process; resumed, it gives the same report', async () => {
  const reported = ['--report-to', 'jsonl,tensorboard', '--trackers', folder.at('live')];
  const args = tinyRun(folder, folder.at('resumed'), ['--workers', '1', '--json', ...reported]);
  const { child, ended, firstLine } = startSoar(args, TIMEOUT_MS);
  const { pids } = JSON.parse(await firstLine) as { pids: Record<string, number> };
  await new Promise<void>((resolve) => {
    let seen = '';
    child.stdout!.on('data', (text: string) => {
      seen += text;
      if (seen.includes('"event":"step"')) resolve(); // the first outer step is in the journal
    });
    void ended.then(() => resolve());
  });
  child.kill('SIGKILL');
  const killed = await ended;
  assert.equal(killed.code, null, `ended before it was killed:\n${killed.stderr}`);
  assert.deepEqual(await gone(Object.values(pids), 15_000), []);
  const { code, stdout, stderr } = await runSoar(args, TIMEOUT_MS);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /"outerStepsDone":2/);
  assert.deepEqual(withoutTiming(readReport('resumed')), withoutTiming(readReport('first')));
  await agreesWithExport('live', 'resumed');
});

/** Trackers that were written as the run went, by two commands, have the records of an export of its report. */
async function agreesWithExport(live: string, out: string): Promise<void> {
  const from = join(folder.at(out), runId, 'report.json');
  const args = ['runs', 'export', '--from', from, '--to', 'jsonl', '--out', folder.at('exported')];
  assert.equal((await runSoar(args, TIMEOUT_MS)).code, 0);
  const linesIn = (trackers: string): string[] =>
    readFileSync(join(folder.at(trackers), 'jsonl', `${runId}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .sort();
  assert.deepEqual(linesIn(live), linesIn('exported'));
  const arms = readdirSync(join(folder.at(live), 'tensorboard', runId), { withFileTypes: true });
  assert.deepEqual(arms.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort(), [
    'hard-only',
    'pq',
  ]);
}

test('two trainers on S3, one killed and every tenth request failing, give the same report', async () => {
  const server = await useS3();
  let count = 0;
  server.fault = () => (++count % 10 === 0 ? 'error' : undefined);
  const store = `s3://${server.bucket}/deployment`;
  const flags = ['--artifacts', store, '--trainers', '2', '--workers', '2', '--json'];
  const { child, ended, firstLine } = startSoar(tinyRun(folder, folder.at('on-s3'), flags), TIMEOUT_MS);
  const { pids, addresses } = JSON.parse(await firstLine) as {
    pids: Record<string, number>;
    addresses: { trainer: string };
  };
  assert.equal(addresses.trainer.split(',').length, 2);
  let killed = false;
  child.stdout!.on('data', (text: string) => {
    // As soon as the first outer step is done.
    if (killed || !text.includes('"step":')) return;
    killed = true;
    process.kill(pids['trainer-2']!, 'SIGKILL');
  });
  const { code, stderr, stdout } = await ended;
  assert.equal(code, 0, stderr);
  assert.ok(killed);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(events.filter((event) => event['step'] != null).length, outerSteps);
  assert.equal(events.filter((event) => event['arm'] != null).length, 4);
  const lost = events.filter((event) => event['event'] === 'lost');
  assert.deepEqual(
    lost.map(({ why }) => String(why).startsWith('service trainer-2')),
    [true],
  );
  assert.equal(events.at(-1)?.['event'], 'done');
  const report = server.objects.get(`deployment/${runId}/report.json`)!.body.toString('utf8');
  assert.deepEqual(withoutTiming(JSON.parse(report) as Report), withoutTiming(readReport('first')));
  assert.ok(server.objects.has(`deployment/${runId}/promoted-student/manifest.json`));
  server.fault = () => undefined;

  const nowhere = ['--artifacts', 's3://nowhere/deployment'];
  const refused = await runSoar(tinyRun(folder, folder.at('never'), nowhere), TIMEOUT_MS);
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /artifact store s3:\/\/nowhere\/deployment\/: the bucket does not exist; create it first/,
  );
  assert.equal(refused.stdout, '');
});

test('the trace shows the expected calls between services, and no others', () => {
  const calls = new Set(callsIn(readSpans(traceFile)));
  const run = [
    'coordinator -> teacher.Propose',
    'coordinator -> trainer.Evaluate',
    'coordinator -> trainer.CreateTrainingRun',
    'coordinator -> metareward.ScoreStep',
    'coordinator -> teacher.Update',
    'teacher -> trainer.Generate',
    'teacher -> trainer.UpdatePolicy',
    'teacher -> verifier.ParseAnswer',
    'trainer -> verifier.VerifyBatch',
  ];
  assert.deepEqual(
    run.filter((call) => !calls.has(call)),
    [],
    'missing calls',
  );
  const arrows: Record<string, string[]> = {
    coordinator: ['teacher', 'trainer', 'metareward'],
    teacher: ['trainer', 'verifier'],
    trainer: ['verifier'],
  };
  assert.deepEqual(
    [...calls].filter((call) => {
      const [caller, callee] = call.split(/ -> |\./);
      return !arrows[caller!]?.includes(callee!);
    }),
    [],
    'unexpected calls',
  );
});

test('each outer step is one trace through all five services, linked to its run', () => {
  const spans = readSpans(traceFile);
  const run = spans.filter(({ name }) => name === 'soar.run');
  assert.equal(run.length, 1);
  const steps = spans.filter(({ name }) => name === 'soar.outer_step');
  assert.equal(steps.length, outerSteps);
  assert.equal(new Set(steps.map(({ traceId }) => traceId)).size, outerSteps);
  for (const step of steps) {
    assert.deepEqual(step.links, [run[0]!.traceId]);
    const services = new Set(
      spans.filter(({ traceId }) => traceId === step.traceId).map(({ service }) => service),
    );
    assert.deepEqual([...services].sort(), ['coordinator', 'metareward', 'teacher', 'trainer', 'verifier']);
  }
});

/** A server of S3's protocol, which what this file starts from now on finds in its environment. */
async function useS3(): Promise<S3Server> {
  const server = await S3Server.start();
  after(() => server.close());
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: ACCESS_KEY.id,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secret,
    SOAR_S3_ENDPOINT: server.endpoint,
    SOAR_S3_CACHE: folder.at('cache'),
  });
  return server;
}
