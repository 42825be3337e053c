/** The teacher's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { readServiceFlags } from '@soar/grpc-kit';

export interface TeacherConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Address of the trainer, which holds the teacher's policy. */
  readonly trainer: string;
  /** Address of the verifier, which says whether a stated answer can be read. */
  readonly verifier: string;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7103', help: 'address to serve on' },
  trainer: { default: '127.0.0.1:7102', help: 'address of the trainer' },
  verifier: { default: '127.0.0.1:7101', help: 'address of the verifier' },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TeacherConfig {
  const { listen, insecure, exitWithParent, text } = readServiceFlags('teacher', FLAGS, argv, env);
  return { listen, trainer: text('trainer'), verifier: text('verifier'), insecure, exitWithParent };
}
