/** The services as other tools see them: buf curl over reflection, and the clients of examples/, as written there. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { makeWheel } from '@soar/python';
import { codeBlocks, documents } from './docs/documents.js';
import { commandsIn } from './docs/shell.js';
import { repositoryRoot } from './repository-root.js';
import { soarMain, startSoar, type Started } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const store = folder.at('store');
const run = promisify(execFile);
let services: Started;
let addresses: Record<string, string>;

/** The commands in examples/README.md. */
const typed = documents
  .filter(({ path }) => path === 'examples/README.md')
  .flatMap(codeBlocks)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => commandsIn(text));
const importing = typed.find((words) => words[1] === 'soar' && words[2] === 'models')!;
const clients = {
  TypeScript: typed.find((words) => words.some((word) => word.endsWith('sample-and-verify.js')))!,
  Python: typed.find((words) => words.some((word) => word.endsWith('sample_and_verify.py')))!,
};

/** The reason for skipping the Python client, or false. Its names are checked in any case. */
function withoutPython(): string | false {
  if (existsSync(join(repositoryRoot, clients.Python[0]!))) return false;
  return 'no examples/python/.venv (examples/README.md says how to make it): the Python client was not run';
}

/** The package as it is now, in place of the one that the environment has, and where the services are. */
function pythonEnvironment(): Record<string, string> {
  const wheel = folder.at('soar.whl');
  if (!existsSync(wheel)) writeFileSync(wheel, makeWheel(repositoryRoot).bytes);
  const named = Object.entries(addresses).map(([name, at]) => [`SOAR_${name.toUpperCase()}`, at] as const);
  return {
    PYTHONPATH: wheel,
    PYTHONDONTWRITEBYTECODE: '1',
    PATH: '/usr/bin:/bin',
    ...Object.fromEntries(named),
  };
}

function runPython(args: readonly string[], timeout: number) {
  return run(join(repositoryRoot, clients.Python[0]!), [...args], {
    cwd: repositoryRoot,
    env: pythonEnvironment(),
    timeout,
  });
}

before(async () => {
  services = startSoar(
    ['up', '--free-ports', '--json', '--dashboard', 'off', '--http', 'off', '--workers', '1', '--out', store],
    120_000,
  );
  ({ addresses } = JSON.parse(await services.firstLine) as { addresses: Record<string, string> });
  await run(process.execPath, [soarMain, ...importing.slice(2), '--artifacts', store], {
    cwd: repositoryRoot,
  });
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

for (const [language, [, ...args]] of Object.entries(clients)) {
  const skip = language === 'Python' && withoutPython();
  test(`the ${language} client samples from a checkpoint and verifies the answers`, { skip }, async () => {
    const flags = ['trainer', 'verifier'].flatMap((name) => [`--${name}`, addresses[name]!]);
    const { stdout } =
      language === 'Python'
        ? await runPython([...args, ...flags], 120_000)
        : await run(process.execPath, [...args, ...flags], { cwd: repositoryRoot, timeout: 120_000 });
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 4, stdout);
    for (const line of lines) assert.match(line, /^(CORRECT|INCORRECT|NO_ANSWER) /);
  });
}

test('the tests of the Python package pass on these services', { skip: withoutPython() }, async () => {
  const tests = ['-m', 'unittest', 'discover', '-s', 'libs/python/tests'];
  await runPython(tests, 300_000);
});

test(
  'the domain in Python passes every check',
  {
    skip: withoutPython(),
  },
  async () => {
    const python = join(repositoryRoot, clients.Python[0]!);
    const domain = spawn(python, ['examples/python/domain.py', '127.0.0.1:0'], {
      cwd: repositoryRoot,
      env: pythonEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface({ input: domain.stdout }), 'line', {
        signal: AbortSignal.timeout(60_000),
      })) as [string];
      const address = `127.0.0.1:${/port (\d+)$/.exec(line)![1]}`;
      const { stdout } = await run(process.execPath, [soarMain, 'domains', 'check', address], {
        timeout: 60_000,
      });
      assert.match(stdout, /\n13 passed, 0 failed, 0 skipped\n$/);
    } finally {
      domain.kill();
    }
  },
);

/** All .proto files of a package, as one text. */
function protoOf(area: string): string {
  const folder = join(repositoryRoot, `proto/soar/${area}/v1`);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

test('messages and methods that domain.py names are in the contracts', () => {
  const source = readFileSync(join(repositoryRoot, 'examples/python/domain.py'), 'utf8');
  let named = 0;
  for (const [, area, module] of source.matchAll(/from soar\.(\w+) import v1 as (\w+)/g)) {
    const proto = protoOf(area!);
    for (const [, name] of source.matchAll(new RegExp(`\\b${module}\\.([A-Z]\\w+)`, 'g'))) {
      const declared = name!.replace(/(Stub|Servicer)$/, '');
      const declaration = new RegExp(`^((message|enum|service) ${declared} | +${declared} = \\d)`, 'm');
      assert.match(proto, declaration, `${module}.${name}`);
      named++;
    }
  }
  for (const [, method] of source.matchAll(/def (\w+)\(self, request, context\)/g)) {
    assert.match(protoOf('verifier'), new RegExp(`rpc ${method}\\(`));
    named++;
  }
  assert.ok(named >= 18, `found only ${named} names`);
});

test('what sample_and_verify.py and the documents call is in the Python package', () => {
  const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
  const exported = /__all__ = \[([^\]]*)\]/.exec(read('libs/python/soar/__init__.py'))![1]!;
  const client = read('libs/python/soar/client.py');
  let named = 0;
  for (const path of ['examples/python/sample_and_verify.py', 'docs/python.md', 'libs/python/README.md']) {
    const text = read(path);
    for (const [, name] of text.matchAll(/\bsoar\.([A-Za-z]\w+)(?=\()/g)) {
      assert.ok(exported.includes(`"${name}"`), `${path}: soar.${name}`);
      named++;
    }
    for (const [, name] of text.matchAll(/\bclient\.(\w+)\(/g)) {
      assert.match(client, new RegExp(`^    def ${name}\\(`, 'm'), `${path}: client.${name}`);
      named++;
    }
  }
  assert.ok(named >= 10, `found only ${named} names`);
});
