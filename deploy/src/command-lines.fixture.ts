/** Reads a command line and an environment with the program's own config reader, for the tests. */
import assert from 'node:assert/strict';
import { readConfig as coordinator } from '@soar/coordinator/dist/config.js';
import { readConfig as dashboard } from '@soar/dashboard/dist/config.js';
import { readConfig as gateway } from '@soar/gateway/dist/config.js';
import { readConfig as metareward } from '@soar/metareward/dist/config.js';
import { readConfig as teacher } from '@soar/teacher/dist/config.js';
import { readConfig as trainer } from '@soar/trainer/dist/config.js';
import { readConfig as verifier } from '@soar/verifier/dist/config.js';
import type { ServiceName } from './services.js';

const readers = { verifier, trainer, teacher, metareward, coordinator };

export type Settings = ReturnType<(typeof readers)[ServiceName]>;

/** Variables that libraries read: telemetry, and the artifact store on S3. */
const NO_FLAGS = ['SOAR_SERVICE', 'SOAR_S3_ENDPOINT', 'SOAR_S3_CACHE', 'SOAR_S3_CACHE_GIB'];

type Env = Readonly<Record<string, string>>;

/**
 * The service that `args` (arguments of the image) start, and its settings. Throws the service's own error. Fails
 * when the environment sets a SOAR_* variable that the service does not read.
 */
export function settingsOf(args: readonly string[], env: Env): { name: ServiceName; settings: Settings } {
  const name = programOf(args) as ServiceName;
  assert.ok(name in readers, `${name} is not a service`);
  return { name, settings: readingAll<Settings>(readers[name], args, env) };
}

/** The same of the gateway. */
export function gatewaySettingsOf(args: readonly string[], env: Env): ReturnType<typeof gateway> {
  assert.equal(programOf(args), 'gateway');
  return readingAll(gateway, args, env);
}

/** The same of the live page. */
export function dashboardSettingsOf(args: readonly string[], env: Env): ReturnType<typeof dashboard> {
  assert.equal(programOf(args), 'dashboard');
  return readingAll(dashboard, args, env);
}

function programOf([main = '']: readonly string[]): string {
  const name = /^services\/([a-z]+)\/dist\/main\.js$/.exec(main)?.[1];
  assert.ok(name !== undefined, `${main} is no program of the image`);
  return name;
}

function readingAll<T>(
  reader: (flags: readonly string[], env: Record<string, string>) => T,
  args: readonly string[],
  env: Env,
): T {
  const read = new Set<string>();
  const spied = new Proxy(env, {
    get: (target, key: string) => {
      read.add(key);
      return target[key];
    },
  });
  const settings = reader(args.slice(1), spied);
  const unread = Object.keys(env).filter(
    (key) => key.startsWith('SOAR_') && !read.has(key) && !NO_FLAGS.includes(key),
  );
  assert.deepEqual(unread, [], `${args[0]} does not read them`);
  return settings;
}
