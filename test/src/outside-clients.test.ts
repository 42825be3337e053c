/** The services as other tools see them: buf curl over reflection, and the clients of examples/, as written there. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
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

before(async () => {
  services = startSoar(
    ['up', '--free-ports', '--json', '--dashboard', 'off', '--workers', '1', '--out', store],
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

for (const [language, [program = '', ...args]] of Object.entries(clients)) {
  const skip = language === 'Python' && withoutPython();
  test(`the ${language} client samples from a checkpoint and verifies the answers`, { skip }, async () => {
    const flags = ['trainer', 'verifier'].flatMap((name) => [`--${name}`, addresses[name]!]);
    const { stdout } = await run(program === 'node' ? process.execPath : program, [...args, ...flags], {
      cwd: repositoryRoot,
      timeout: 120_000,
    });
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 4, stdout);
    for (const line of lines) assert.match(line, /^(CORRECT|INCORRECT|NO_ANSWER) /);
  });
}

test(
  'the domain in Python passes every check',
  {
    skip: withoutPython(),
  },
  async () => {
    const python = join(repositoryRoot, clients.Python[0]!);
    const domain = spawn(python, ['examples/python/domain.py', '127.0.0.1:0'], {
      cwd: repositoryRoot,
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

/** Imports of the Python examples, by the names that they give to modules. */
function modulesOf(source: string): Map<string, string> {
  const protoOf = new Map<string, string>();
  for (const [, area, clause] of source.matchAll(/from soar\.(\w+)\.v1 import (.+)/g)) {
    for (const [, module, name] of clause!.matchAll(/(\w+)_pb2(?:_grpc)? as (\w+)/g)) {
      const path = join(repositoryRoot, `proto/soar/${area}/v1/${module}.proto`);
      protoOf.set(name!, readFileSync(path, 'utf8'));
    }
  }
  return protoOf;
}

for (const [file, least] of [
  ['sample_and_verify.py', 8],
  ['domain.py', 15],
] as const) {
  test(`modules, messages and methods that ${file} names are in the contracts`, () => {
    const source = readFileSync(join(repositoryRoot, 'examples/python', file), 'utf8');
    let named = 0;
    for (const [module, proto] of modulesOf(source)) {
      for (const [, name] of source.matchAll(new RegExp(`\\b${module}\\.([A-Z]\\w+)`, 'g'))) {
        const declared = name!.replace(/(Stub|Servicer)$/, '');
        const method = new RegExp(`${name}\\([^)]*\\)\\.(\\w+)\\(`).exec(source);
        assert.match(
          proto,
          new RegExp(`^((message|enum|service) ${declared} | +${declared} = \\d)`, 'm'),
          `${module}.${name}`,
        );
        if (name!.endsWith('Stub')) assert.match(proto, new RegExp(`rpc ${method![1]}\\(`), method![1]);
        named++;
      }
    }
    assert.ok(named >= least, `found only ${named} names`);
  });
}
