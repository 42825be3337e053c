/** The flags of the services, as their own parsers and help texts have them. */
import { readConfig as coordinator } from '@soar/coordinator/dist/config.js';
import { messageOf } from '@soar/core';
import { readConfig as dashboard } from '@soar/dashboard/dist/config.js';
import { readConfig as gateway } from '@soar/gateway/dist/config.js';
import { readConfig as metareward } from '@soar/metareward/dist/config.js';
import { readConfig as teacher } from '@soar/teacher/dist/config.js';
import { readConfig as trainer } from '@soar/trainer/dist/config.js';
import { readConfig as verifier } from '@soar/verifier/dist/config.js';

const readers = { verifier, trainer, teacher, metareward, coordinator, dashboard, gateway };
export type ServiceName = keyof typeof readers;

/** Why a service would refuse these arguments; undefined when it takes them. */
export function readServiceConfig(name: ServiceName, args: readonly string[]): string | undefined {
  if (!(name in readers)) return `services/${name}: there is no such service`;
  if (args.includes('--help')) return undefined;
  try {
    readers[name](args, {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Names of all flags that a service takes, with their dashes. */
export function flagsOf(name: ServiceName): Set<string> {
  return new Set([...helpOf(name).matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag!));
}

export const serviceNames = Object.keys(readers) as ServiceName[];

function helpOf(name: ServiceName): string {
  try {
    readers[name](['--help'], {});
  } catch (error) {
    return messageOf(error);
  }
  throw new Error(`${name} --help printed no help`);
}
