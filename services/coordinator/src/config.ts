/** The coordinator's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { messageOf, UserError } from '@soar/core';
import { parseArgs } from 'node:util';
import { CALL_BOUNDS } from './grpc-services.js';

export interface CoordinatorConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Root of the artefact store, shared with the trainers; the journal stands in it as coordinator.sqlite. */
  readonly store: string;
  readonly teacher: string;
  readonly trainer: string;
  readonly metareward: string;
  /** Trainings (or other calls) of one fan-out that are asked for at a time; the trainers queue what they cannot take. */
  readonly fanOutMax: number;
  /** Longest silence of a service before a run fails, in seconds. */
  readonly unavailableSeconds: number;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const FLAGS = {
  listen: '127.0.0.1:7105',
  store: 'runs',
  teacher: '127.0.0.1:7103',
  trainer: '127.0.0.1:7102',
  metareward: '127.0.0.1:7104',
  'fan-out': '64',
  'unavailable-seconds': String(CALL_BOUNDS.unavailableMs / 1000),
} as const;
const SWITCHES = ['insecure', 'exit-with-parent'] as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): CoordinatorConfig {
  const options = Object.fromEntries([
    ...Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]),
    ...SWITCHES.map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  let values: Record<string, unknown>;
  try {
    values = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(`coordinator: ${messageOf(error).split('\n')[0]}`, 'INVALID_ARGUMENT');
  }
  const text = (name: keyof typeof FLAGS): string =>
    String(values[name] ?? env[`SOAR_${name.toUpperCase().replaceAll('-', '_')}`] ?? FLAGS[name]);
  const number = (name: keyof typeof FLAGS, min: number, max: number): number => {
    const value = Number(text(name));
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new UserError(
      `coordinator: --${name}: expected a whole number from ${min} to ${max}, got ${text(name)}`,
      'INVALID_ARGUMENT',
      name,
    );
  };
  return {
    listen: text('listen'),
    store: text('store'),
    teacher: text('teacher'),
    trainer: text('trainer'),
    metareward: text('metareward'),
    fanOutMax: number('fan-out', 1, 4096),
    unavailableSeconds: number('unavailable-seconds', 1, 86_400),
    insecure: values['insecure'] === true,
    exitWithParent: values['exit-with-parent'] === true,
  };
}
