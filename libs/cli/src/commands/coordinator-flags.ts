/** Flags of commands that call a running coordinator, and the client made from them. */
import { CoordinatorService } from '@soar/contracts';
import { createClient } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { defaultCoordinator } from '../config.js';
import type { CoordinatorClient } from '../watch-run.js';
import { addCallFlags, type CallFlags, openCredentials } from './call-flags.js';
import { hostAndPort } from './option-parsers.js';

export interface CoordinatorFlags extends CallFlags {
  readonly coordinator: string;
  readonly json?: boolean;
}

export function addCoordinatorFlags(command: Command): Command {
  command
    .option('--coordinator <host:port>', 'address of the coordinator', hostAndPort, defaultCoordinator())
    .option('--json', 'print JSON instead of text');
  return addCallFlags(command);
}

/** Calls `act` with a client of the coordinator that the flags name, then closes the client. */
export async function withCoordinator(
  flags: CoordinatorFlags,
  act: (coordinator: CoordinatorClient) => Promise<void>,
): Promise<void> {
  const credentials = openCredentials(flags);
  const coordinator = createClient(CoordinatorService, flags.coordinator, { credentials });
  try {
    await act(coordinator);
  } finally {
    coordinator.close();
    credentials.close();
  }
}
