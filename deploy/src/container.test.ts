/**
 * Checks the container file and the compose file against the repository: CI has no container engine, so the tests
 * look up what the files refer to.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { dashboardSettingsOf, gatewaySettingsOf, settingsOf } from './command-lines.fixture.js';
import { objectsOf, podsIn, root, textOf } from './deployed.fixture.js';
import { GATEWAY_PORT } from './gateway.js';
import { GPU_IMAGE, HEALTH_PORT, IMAGE, SERVICE_NAMES, SERVICES, WEBGPU_IMAGE } from './services.js';
import { COLLECTOR_IMAGE, JAEGER_IMAGE } from './tracing.js';

interface Instruction {
  readonly stage: string;
  readonly name: string;
  readonly value: string;
}

/** The instructions of the container file, continuation lines joined, each with its stage. */
function instructions(): Instruction[] {
  const lines = textOf('deploy/Containerfile').replace(/\\\n/g, ' ').split('\n');
  let stage = '';
  return lines.flatMap((line) => {
    const match = /^([A-Z]+)\s+(.+)$/.exec(line);
    if (match === null) {
      assert.match(line, /^(#.*)?$/, `cannot be parsed: ${line}`);
      return [];
    }
    const [, name, value] = match as unknown as [string, string, string];
    if (name === 'FROM') stage = /\bAS (\S+)$/.exec(value)![1]!;
    return [{ stage, name, value: value.trim() }];
  });
}

const file = instructions();
const of = (name: string): Instruction[] => file.filter((instruction) => instruction.name === name);
const ignored = textOf('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Whether .dockerignore excludes a path of the repository. */
function isIgnored(path: string): boolean {
  return ignored.some((pattern) => {
    const regex = pattern
      .replace(/[.+]/g, '\\$&')
      .replace(/\*\*\//g, '(.*/)?')
      .replace(/(?<!\.)\*/g, '[^/]*');
    return new RegExp(`^${regex}(/|$)`).test(path);
  });
}

test('stages are built on declared images and on earlier stages', () => {
  const known = new Set(of('ARG').map(({ value }) => `\${${value.split('=')[0]}}`));
  for (const { value } of of('FROM')) {
    const [, from, name] = /^(\S+) AS (\S+)$/.exec(value)!;
    assert.ok(known.has(from!), `FROM ${from}`);
    known.add(name!);
  }
  for (const { value } of of('COPY')) {
    const from = /--from=(\S+)/.exec(value)?.[1];
    if (from !== undefined) assert.ok(known.has(from), `COPY --from=${from}`);
  }
  assert.equal(file.at(-1)!.stage, 'runtime', 'what a build without --target makes');
});

test('everything copied from the build exists after it, and build outputs are not copied into it', () => {
  for (const { value } of of('COPY').filter((copy) => copy.value.includes('--from=build'))) {
    for (const [, path] of value.matchAll(/ \/soar\/(\S+)/g)) assert.ok(existsSync(join(root, path!)), path);
  }
  for (const path of [
    'node_modules',
    'libs/cli/dist',
    'libs/core/tsconfig.tsbuildinfo',
    'libs/contracts/src/gen',
    '.git',
  ])
    assert.ok(isIgnored(path), `${path} would be copied`);
  for (const path of [
    'package-lock.json',
    '.npmrc',
    'proto/soar',
    'deploy/package.json',
    'test/package.json',
    'tsconfig.json',
  ])
    assert.ok(existsSync(join(root, path)) && !isIgnored(path), `${path} would be missing`);
});

test('the commands of the build exist', () => {
  const { scripts, workspaces } = JSON.parse(textOf('package.json')) as {
    scripts: Record<string, string>;
    workspaces: string[];
  };
  const commands = of('RUN')
    .map(({ value }) => value)
    .join(' && ');
  for (const [, script] of commands.matchAll(/npm run (\S+)/g)) assert.ok(script! in scripts, script);
  const installed = [...commands.matchAll(/--workspace (\S+)/g)].map(([, folder]) => folder!);
  assert.deepEqual(installed, ['services', 'libs/cli']);
  assert.ok(installed.every((folder) => workspaces.some((glob) => glob.startsWith(folder.split('/')[0]!))));
  for (const [, path] of commands.matchAll(/(?:rm -r|node) (node_modules\/\S+)/g))
    assert.ok(existsSync(join(root, path!)), path);
});

test('the image does not run as root, and its first argument is the program', () => {
  for (const stage of ['runtime', 'gpu', 'webgpu']) {
    const within = file.filter((instruction) => instruction.stage === stage);
    const last = (name: string): string => within.filter((i) => i.name === name).at(-1)!.value;
    assert.equal(last('USER'), '1000:1000');
    const [program, ...args] = JSON.parse(last('ENTRYPOINT')) as string[];
    assert.equal(program, 'node');
    assert.equal(args[0], '--import');
    assert.ok(existsSync(new URL(import.meta.resolve(args[1]!))), args[1]);
    const [main] = JSON.parse(last('CMD')) as string[];
    assert.ok(existsSync(join(root, main!)), main);
  }
  for (const name of SERVICE_NAMES) assert.ok(existsSync(join(root, `services/${name}/dist/main.js`)), name);
});

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: object;
  readonly read_only?: boolean;
  readonly profiles?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

const compose = parse(textOf('deploy/compose.yaml'), { merge: true }) as {
  services: Readonly<Record<string, ComposeService>>;
  volumes: object;
};

/** Resolves `${NAME:-default}` as if no variable were set. */
const unset = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

test('compose starts every service with valid settings, and with the same dependencies as the cluster', () => {
  for (const name of SERVICE_NAMES) {
    const { command, environment = {}, read_only } = compose.services[name]!;
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, unset(value)]));
    const started = settingsOf(command!, env);
    assert.equal(started.name, name);
    assert.equal(started.settings.serving.listen, `0.0.0.0:${SERVICES[name].port}`);
    assert.equal(started.settings.serving.health, `127.0.0.1:${HEALTH_PORT}`);
    const flags = command!.filter((flag) => /=(dns:\/\/\/)?[a-z]+:\d+$/.test(flag));
    const called = flags.map((flag) =>
      /^--([a-z]+)=(?:dns:\/\/\/)?([a-z]+):(\d+)$/.exec(flag)!.slice(1).join(' '),
    );
    assert.deepEqual(
      called.sort(),
      SERVICES[name].calls.map((callee) => `${callee} ${callee} ${SERVICES[callee].port}`).sort(),
    );
    assert.equal(read_only, true);
  }
});

test('the profiles of compose for gateway and live page start with valid settings', () => {
  const { gateway, dashboard } = compose.services;
  const envOf = ({ environment = {} }: ComposeService): Record<string, string> =>
    Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, unset(value)]));
  const served = gatewaySettingsOf(gateway!.command!, envOf(gateway!));
  assert.equal(served.listen, `0.0.0.0:${GATEWAY_PORT}`);
  assert.equal(served.insecure, true, 'off loopback without callers');
  assert.deepEqual(Object.keys(served.addresses).sort(), [...SERVICE_NAMES].sort());
  for (const name of SERVICE_NAMES)
    assert.equal(served.addresses[name]!.replace('dns:///', ''), `${name}:${SERVICES[name].port}`);
  const page = dashboardSettingsOf(dashboard!.command!, envOf(dashboard!));
  assert.equal(page.listen, `0.0.0.0:${HEALTH_PORT}`, 'where the health check connects to');
  assert.equal(page.coordinator, `coordinator:${SERVICES.coordinator.port}`);
  assert.equal(page.metareward, `metareward:${SERVICES.metareward.port}`);
  assert.equal(page.allowControl, false);
  const mounted = dashboard!.volumes!.map((volume) => unset(volume).split(':')[1]);
  assert.ok(mounted.includes(page.pageTokenFile), 'the tokens of visitors are mounted');
  for (const { read_only, profiles } of [gateway!, dashboard!]) {
    assert.equal(read_only, true);
    assert.equal(profiles?.length, 1);
  }
  assert.ok(gateway!.healthcheck!.test.join(' ').includes(`http://127.0.0.1:${GATEWAY_PORT}/healthz`));
});

test('services, volumes and files that compose refers to exist', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    for (const needed of [service.depends_on ?? []].flatMap(
      (it) => (Array.isArray(it) ? it : Object.keys(it)) as string[],
    ))
      assert.ok(needed in compose.services, `${name} depends on ${needed}`);
    for (const volume of service.volumes ?? []) {
      const [source] = unset(volume).split(':');
      if (source!.startsWith('./')) assert.ok(existsSync(join(root, 'deploy', source!)), source);
      else if (!source!.startsWith('../')) assert.ok(source! in compose.volumes, source);
    }
    for (const port of service.ports ?? [])
      assert.match(port, /^127\.0\.0\.1:/, 'published on loopback only');
    if (service.build !== undefined) assert.ok(existsSync(join(root, service.build.dockerfile)));
  }
  assert.ok(existsSync(join(root, compose.services['soar']!.entrypoint![1]!)));
});

test('compose and the cluster run the same images', () => {
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  assert.deepEqual(
    [IMAGE, GPU_IMAGE, WEBGPU_IMAGE],
    ['soar', 'soar-gpu', 'soar-webgpu'].map((name) => `${name}:${version}`),
  );
  const images = Object.entries(compose.services).map(([name, { image }]) => [name, image] as const);
  const expected: Readonly<Record<string, string>> = { collector: COLLECTOR_IMAGE, jaeger: JAEGER_IMAGE };
  for (const [name, image] of images)
    if (name !== 'postgres') assert.equal(image, expected[name] ?? IMAGE, name);
  for (const [name, pod] of podsIn(objectsOf('tracing')))
    assert.equal(pod.containers[0]!.image, expected[name] ?? IMAGE, name);
  for (const [overlay, image, provider] of [
    ['gpu', GPU_IMAGE, 'cuda'],
    ['webgpu', WEBGPU_IMAGE, 'webgpu'],
  ] as const) {
    const [trainer] = podsIn(objectsOf(overlay)).get('trainer')!.containers;
    assert.equal(trainer!.image, image);
    assert.ok(trainer!.env!.some(({ name, value }) => name === 'SOAR_PROVIDER' && value === provider));
    const { resources } = trainer as { readonly resources?: { readonly limits?: Record<string, string> } };
    assert.equal(resources!.limits!['nvidia.com/gpu'], '1');
  }
});
