/** The npm packages: installed into an empty folder, they hold what runs, and work there from end to end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { repositoryRoot } from './repository-root.js';
import { temporaryFolder } from './temporary-folder.js';
import { tinyRun } from './tiny-run.js';

const INSTALL_MS_MAX = 600_000;
const RUN_MS_MAX = 300_000;

const folder = temporaryFolder();
const home = folder.at('home');
const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  version: string;
};

/** Runs a program in the folder that the package is installed in; resolves with its stdout. */
function run(program: string, args: readonly string[], timeout = RUN_MS_MAX): string {
  return execFileSync(program, args, { cwd: home, encoding: 'utf8', timeout });
}

before(() => {
  mkdirSync(home);
  run(process.execPath, [join(repositoryRoot, 'deploy/dist/pack.js'), folder.path]);
  // Scripts run as they do for a user, whatever the configuration that the tests were started with.
  const flags = ['--ignore-scripts=false', '--prefer-offline', '--no-audit', '--no-fund'];
  run('npm', ['install', ...flags, folder.at(`soar-${version}.tgz`)], INSTALL_MS_MAX);
});

test('the package holds what runs: no sources, tests or test data', () => {
  const installed = join(home, 'node_modules/soar');
  const ours = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('node_modules/onnxruntime-node/'),
  );
  assert.ok(ours.includes('node_modules/@soar/trainer/dist/main.js'));
  const surplus = /\.ts$|\.map$|\.test\.|\.fixture\.|\/(testing|testdata|bench|src)(\/|$)/;
  assert.deepEqual(
    ours.filter((path) => surplus.test(path)),
    [],
  );
});

test('its bill of materials has every package that it needs, at the version of the lock file', () => {
  const bill = JSON.parse(readFileSync(folder.at(`soar-${version}.cdx.json`), 'utf8')) as {
    bomFormat: string;
    components: { name: string; version: string }[];
  };
  assert.equal(bill.bomFormat, 'CycloneDX');
  const listed = new Map(bill.components.map((it) => [`${it.name}@${it.version}`, it]));
  const { dependencies } = JSON.parse(readFileSync(join(home, 'node_modules/soar/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const names = new Set(bill.components.map(({ name }) => name));
  for (const [name, range] of Object.entries(dependencies)) {
    // Packages inside the package have dependencies with a range; the bill has the version that was tested.
    const isExact = /^\d/.test(range);
    assert.ok(isExact ? listed.has(`${name}@${range}`) : names.has(name), `${name}@${range} is not listed`);
  }
  for (const name of ['typescript', 'nx', '@soar/testkit'])
    assert.ok(!names.has(name), `${name} is listed, and not in the package`);
});

test('its provenance names the commit and the hashes of the files beside it', () => {
  const { subject } = JSON.parse(readFileSync(folder.at(`soar-${version}.provenance.json`), 'utf8')) as {
    subject: { name: string; digest: { sha256: string } }[];
  };
  assert.deepEqual(
    subject.map(({ name }) => name),
    [
      `soar-${version}.tgz`,
      `soar-${version}.cdx.json`,
      `soar-client-${version}.tgz`,
      `soar-client-${version}.cdx.json`,
      `soar_rl-${version}-py3-none-any.whl`,
      `soar_rl-${version}.cdx.json`,
    ],
  );
  for (const { name, digest } of subject) {
    const bytes = readFileSync(folder.at(name));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), digest.sha256, name);
  }
});

test('the client is installed alone, has types, and says what is wrong', () => {
  const other = folder.at('other');
  mkdirSync(other);
  const there = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { cwd: other, encoding: 'utf8', timeout: RUN_MS_MAX });
  const flags = ['--ignore-scripts=false', '--prefer-offline', '--no-audit', '--no-fund'];
  there('npm', ['install', ...flags, folder.at(`soar-client-${version}.tgz`)]);
  const inside = readdirSync(join(other, 'node_modules'), { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    inside.filter((path) => /@soar\/(?!client|contracts)[^/]*$|grpc-js$|\.test\./.test(path)),
    [],
  );
  writeFileSync(
    join(other, 'main.mts'),
    `import { connect, SoarError, Verdict } from '@soar/client';
    const soar = connect('http://127.0.0.1:1', { deadlineMs: 5_000 });
    try {
      const { verification } = await soar.verifier.verify({ domain: 'math', item: { gold: '1', response: '1' } });
      console.log(verification?.verdict === Verdict.CORRECT);
    } catch (error) {
      console.log(error instanceof SoarError ? error.reason : error);
    }`,
  );
  const types = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--lib', 'es2023,dom'];
  there(join(repositoryRoot, 'node_modules/.bin/tsc'), [...types, 'main.mts']);
  assert.equal(there(process.execPath, ['main.mjs']), 'UNAVAILABLE\n');
});

test('the installed command prints its versions', () => {
  const versions = JSON.parse(run('npx', ['--no', 'soar', 'version', '--json'])) as Record<string, string>;
  assert.equal(versions['soar'], version);
  assert.equal(versions['node'], process.versions.node);
});

test('the installed services are the builds that they are in the repository', () => {
  const builds = (command: string, ...args: string[]): unknown =>
    (JSON.parse(run(command, [...args, 'version', '--json'])) as { builds: unknown }).builds;
  const here = builds('node', join(repositoryRoot, 'libs/cli/dist/main.js'));
  assert.deepEqual(builds('npx', '--no', 'soar'), here);
});

test("the README's example of soar verify prints what the README says", () => {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```sh\n([^`]*)```\s*```text\n([^`]*)```/g)];
  const [, script, output] = examples.find(([, text]) => text!.includes('npx soar verify'))!;
  assert.equal(run('bash', ['-c', script!]), output);
});

test('a run starts all five services and leaves a report', () => {
  const model = join(home, 'node_modules/soar/node_modules/@soar/quickstart/assets/base-model');
  run('npx', ['--no', 'soar', ...tinyRun(folder, folder.at('runs'), ['--id', 'tiny', '--model', model])]);
  const report = JSON.parse(readFileSync(folder.at('runs/tiny/report.json'), 'utf8')) as { steps: unknown[] };
  assert.equal(report.steps.length, 2);
});
