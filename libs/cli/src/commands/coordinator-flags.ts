/** Flags of commands that call a running coordinator, and the client made from them. */
import type { DescService } from '@soar/contracts';
import { type Client, createClient } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { defaultCoordinator } from '../config.js';
import { addCallFlags, type CallFlags, openCredentials } from './call-flags.js';
import { hostAndPort } from './option-parsers.js';

export interface CoordinatorFlags extends CallFlags {
  readonly coordinator: string;
  readonly json?: boolean;
}

/** Flags of commands that continue something. */
export interface ResumeFlags extends CoordinatorFlags {
  readonly allowVersionChange?: boolean;
}

export function addCoordinatorFlags(command: Command): Command {
  command
    .option('--coordinator <host:port>', 'address of the coordinator', hostAndPort, defaultCoordinator())
    .option('--json', 'print JSON instead of text');
  return addCallFlags(command);
}

/** Calls `act` with a client of one service of the coordinator that the flags name, then closes the client. */
export async function withCoordinator<S extends DescService>(
  service: S,
  flags: CoordinatorFlags,
  act: (coordinator: Client<S>) => Promise<void>,
): Promise<void> {
  const credentials = openCredentials(flags);
  const coordinator = createClient(service, flags.coordinator, { credentials });
  try {
    await act(coordinator);
  } finally {
    coordinator.close();
    credentials.close();
  }
}

/** Adds a command of a resource. `spec` may take an `<id>`; `act` has it, else an empty text. */
type AddCommand<S extends DescService> = (
  spec: string,
  description: string,
  act: (coordinator: Client<S>, id: string, flags: ResumeFlags) => Promise<void>,
) => Command;

/** The commands below `soar runs`, `soar comparisons` and so on: each calls the coordinator that its flags name. */
export function resourceCommands<S extends DescService>(parent: Command, service: S): AddCommand<S> {
  return (spec, description, act) =>
    addCoordinatorFlags(parent.command(spec).description(description)).action(async (...args: unknown[]) => {
      const id = spec.includes('<id>') ? (args[0] as string) : '';
      const flags = (spec.includes('<id>') ? args[1] : args[0]) as ResumeFlags;
      await withCoordinator(service, flags, (coordinator) => act(coordinator, id, flags));
    });
}
