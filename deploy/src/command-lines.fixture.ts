/** Reads a command line and an environment with the service's own config reader, for the tests. */
import assert from 'node:assert/strict';
import { readConfig as coordinator } from '@soar/coordinator/dist/config.js';
import { readConfig as metareward } from '@soar/metareward/dist/config.js';
import { readConfig as teacher } from '@soar/teacher/dist/config.js';
import { readConfig as trainer } from '@soar/trainer/dist/config.js';
import { readConfig as verifier } from '@soar/verifier/dist/config.js';
import type { ServiceName } from './services.js';

const readers = { verifier, trainer, teacher, metareward, coordinator };

export type Settings = ReturnType<(typeof readers)[ServiceName]>;

/** Variables that libraries read: telemetry, and the artifact store on S3. */
const NO_FLAGS = ['SOAR_SERVICE', 'SOAR_S3_ENDPOINT', 'SOAR_S3_CACHE', 'SOAR_S3_CACHE_GIB'];

/**
 * The service that `args` (arguments of the image) start, and its settings. Throws the service's own error. Fails
 * when the environment sets a SOAR_* variable that the service does not read.
 */
export function settingsOf(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { name: ServiceName; settings: Settings } {
  const [main = '', ...flags] = args;
  const name = /^services\/([a-z]+)\/dist\/main\.js$/.exec(main)?.[1] as ServiceName;
  assert.ok(name in readers, `${main} is not a service`);
  const read = new Set<string>();
  const spied = new Proxy(env, {
    get: (target, key: string) => {
      read.add(key);
      return target[key];
    },
  });
  const settings = readers[name](flags, spied);
  const unread = Object.keys(env).filter(
    (key) => key.startsWith('SOAR_') && !read.has(key) && !NO_FLAGS.includes(key),
  );
  assert.deepEqual(unread, [], `${name} does not read them`);
  return { name, settings };
}
