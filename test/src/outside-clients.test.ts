/** The services as somebody else's tools see them: buf curl over reflection, and the example client. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { repositoryRoot } from './repository-root.js';
import { runSoar, startSoar, type Started } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { baseModel, problemLines } from './tiny-run.js';

const folder = temporaryFolder();
const store = folder.at('store');
const run = promisify(execFile);
let services: Started;
let addresses: Record<string, string>;

before(async () => {
  // Evaluating a model imports it into the store.
  const problems = folder.write('problems.jsonl', problemLines(3, 1));
  const flags = ['--domain', 'arithmetic', '--samples', '1', '--max-new-tokens', '32', '--workers', '1'];
  const evaluated = await runSoar([
    'evaluate',
    '--model',
    baseModel,
    '--problems',
    problems,
    '--artifacts',
    store,
    ...flags,
  ]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  services = startSoar(['up', '--free-ports', '--json', '--workers', '1', '--out', store], 120_000);
  ({ addresses } = JSON.parse(await services.firstLine) as { addresses: Record<string, string> });
});

after(async () => {
  services.child.kill('SIGINT');
  await services.ended;
});

/** `buf curl` with these arguments against a service; resolves with what it printed, on stdout or as its error. */
async function bufCurl(service: string, path: string, ...args: string[]): Promise<string> {
  const buf = join(repositoryRoot, 'node_modules/.bin/buf');
  const url = `http://${addresses[service]}${path}`;
  try {
    const all = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args, url];
    return (await run(buf, all, { cwd: folder.path, timeout: 30_000 })).stdout;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

/** A call that each service answers without any set-up, and what its answer says. */
const calls: Record<string, { service: string; call: string; request: object; answer: RegExp }> = {
  verifier: {
    service: 'VerifierService',
    call: 'ListDomains',
    request: {},
    answer: /"name":\s*"arithmetic"/,
  },
  trainer: { service: 'TrainerService', call: 'ListTrainingRuns', request: {}, answer: /^\{\s*\}\s*$/ },
  teacher: { service: 'TeacherService', call: 'Propose', request: {}, answer: /invalid_argument/ },
  metareward: { service: 'MetaRewardService', call: 'ListLedger', request: { runId: 'none' }, answer: /./ },
  coordinator: { service: 'CoordinatorService', call: 'ListRuns', request: {}, answer: /^\{\s*\}\s*$/ },
};

for (const [name, { service, call, request, answer }] of Object.entries(calls)) {
  test(`buf curl lists the ${name} by reflection and calls it`, async () => {
    const full = `soar.${name}.v1.${service}`;
    const listed = (await bufCurl(name, '', '--list-services')).split('\n');
    assert.ok(listed.includes(full), listed.join());
    assert.ok(listed.includes('grpc.health.v1.Health'), listed.join());
    assert.match(await bufCurl(name, `/${full}/${call}`, '--data', JSON.stringify(request)), answer);
  });
}

test('every service is healthy', async () => {
  for (const name of Object.keys(calls)) {
    assert.match(await bufCurl(name, '/grpc.health.v1.Health/Check', '--data', '{}'), /SERVING/, name);
  }
});

test('the example client samples from a checkpoint and verifies the answers', async () => {
  const [model] = readdirSync(join(store, 'models'));
  const client = join(repositoryRoot, 'test/dist/examples/sample-and-verify.js');
  const flags = {
    ...addresses,
    checkpoint: `models/${model}`,
    domain: 'arithmetic',
    prompt: 'Q123+456=',
    gold: '579',
  };
  const wanted = ['trainer', 'verifier', 'checkpoint', 'domain', 'prompt', 'gold'];
  const args = Object.entries(flags).flatMap(([name, value]) =>
    wanted.includes(name) ? [`--${name}`, value] : [],
  );
  const { stdout } = await run(process.execPath, [client, ...args], { timeout: 60_000 });
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 4);
  for (const line of lines) assert.match(line, /^(CORRECT|INCORRECT|NO_ANSWER) /);
});
