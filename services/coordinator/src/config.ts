/** The coordinator's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { readServiceFlags } from '@soar/grpc-kit';
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
  listen: { default: '127.0.0.1:7105', help: 'address to serve on' },
  store: { default: 'runs', help: "the trainers' store; the journal stands in it as coordinator.sqlite" },
  teacher: { default: '127.0.0.1:7103', help: 'address of the teacher' },
  trainer: { default: '127.0.0.1:7102', help: 'address of the trainer' },
  metareward: { default: '127.0.0.1:7104', help: 'address of metareward' },
  'fan-out': { default: '64', help: 'trainings asked for at a time' },
  'unavailable-seconds': {
    default: String(CALL_BOUNDS.unavailableMs / 1000),
    help: 'longest silence of a service before a run fails',
  },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): CoordinatorConfig {
  const flags = readServiceFlags('coordinator', FLAGS, argv, env);
  const { listen, insecure, exitWithParent, text, number } = flags;
  return {
    listen,
    store: text('store'),
    teacher: text('teacher'),
    trainer: text('trainer'),
    metareward: text('metareward'),
    fanOutMax: number('fan-out', 1, 4096),
    unavailableSeconds: number('unavailable-seconds', 1, 86_400),
    insecure,
    exitWithParent,
  };
}
