/** The flags of every command that computes: workers, their threads, and memory. */
import { parseBytes, UserError } from '@soar/core';
import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber } from './option-parsers.js';

export interface ComputeFlags {
  /** Workers of each trainer. */
  readonly workers?: number;
  /** Threads of a worker. */
  readonly threads?: number;
  /** Memory for models, in bytes. */
  readonly memory?: number;
}

/** Worker threads, with the same bound as in the trainer. */
const count = wholeNumber(1, 256);
const MEMORY_BYTES_MIN = 64 * 2 ** 20;

export function addComputeFlags(command: Command): Command {
  return addWorkerFlags(
    command.option(
      '--workers <n>',
      'workers of each trainer (default: what cores and --threads allow); does not affect results',
      count,
    ),
  );
}

/** Those of a command with one worker. */
export function addWorkerFlags(command: Command): Command {
  return command
    .option('--threads <n>', 'threads of a worker (default: 1); may change results in the last bit', count)
    .option(
      '--memory <size>',
      "memory for models, such as 8GiB (default: four fifths of the machine's); does not affect results",
      memorySize,
    );
}

/** These flags alone, of all that a command has. */
export function computeOf({ workers, threads, memory }: ComputeFlags): ComputeFlags {
  return { ...(workers && { workers }), ...(threads && { threads }), ...(memory && { memory }) };
}

function memorySize(text: string): number {
  try {
    const bytes = parseBytes(text, '--memory');
    if (bytes >= MEMORY_BYTES_MIN) return bytes;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  throw new InvalidArgumentError('Expected a size of at least 64MiB, such as 8GiB.');
}
