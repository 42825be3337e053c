/** Parsers of option values, shared by commands. A bad value is a usage error that names the flag (exit code 2). */
import { availableParallelism } from 'node:os';
import { UserError } from '@soar/core';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Help of --store, the same in every command. */
export const STORE_HELP =
  'store of runs, journals and ledger: a folder or postgres://user@host:port/database (default: --out)';

/** Help of flags that several commands have. */
export const ALLOW_VERSION_CHANGE_HELP =
  'continue what another build of this software began, which may have given other results; its report says so';
export const ALLOW_OTHER_PROMPT_HELP =
  'take problems that were screened with another domain or prompt than the configuration has';
/** Help of --artifacts, the same in every command. */
export const ARTIFACTS_HELP = 'artifact store: a folder or s3://bucket/prefix (default: the folder of --out)';

/** Help of --completions, the same in every command. */
export const COMPLETIONS_HELP = 'folder for every sampled completion (default: none are kept)';

/** --completions-format, the same in every command. */
export function completionsFormat(): Option {
  return new Option('--completions-format <name>', 'what its files are: JSON Lines or Parquet')
    .choices(['jsonl', 'parquet'])
    .default('jsonl');
}

/** Refuses --completions with trainers that run elsewhere: they write where they run. Throws UserError. */
export function refuseCompletions(completions: string | undefined): void {
  if (completions === undefined) return;
  throw new UserError(
    '--completions: trainers that run already write where they run; give them the flag when they start',
    'INVALID_ARGUMENT',
    '--completions',
  );
}

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Whole numbers in [min, max], separated by commas, in ascending order without repetition. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(min, max);
  return (text) => [...new Set(text.split(',').map((part) => one(part.trim())))].sort((a, b) => a - b);
}

/** Seeds are uint32 in the contracts. */
export const seedNumber = wholeNumber(0, 0xffff_ffff);

/** Trainer processes: a number, or "auto" for one per core. */
function trainerCount(text: string): number {
  return text === 'auto' ? Math.min(64, availableParallelism()) : wholeNumber(1, 64)(text);
}

const TRAINERS_HELP = 'trainer processes that share the work, or "auto": one per core (default: 1)';

/** --trainers and --devices, the same in every command. */
export function addTrainersFlags(command: Command): Command {
  return command
    .option('--trainers <n>', TRAINERS_HELP, trainerCount)
    .option(
      '--devices <numbers>',
      'devices of --provider by their numbers in "soar devices", separated by commas: a trainer for each',
      wholeNumbers(0, 63),
    );
}

/** A number in [min, max]. */
export function realNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** The id of a run, which names its folder in the store, in the form that the contracts require. */
export function runId(text: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(text)) {
    throw new InvalidArgumentError(
      'Expected at most 128 letters, digits, ".", "_" and "-", not starting with ".".',
    );
  }
  if (['models', 'logs'].includes(text.toLowerCase())) {
    throw new InvalidArgumentError('This names another folder of the store; choose another id.');
  }
  return text;
}

/** host:port. */
export function hostAndPort(text: string): string {
  if (!/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/.test(text)) {
    throw new InvalidArgumentError('Expected host:port, for example 127.0.0.1:7105.');
  }
  return text;
}

/** Collects name=value pairs. A value is parsed as JSON if it is a number, true or false, and is text otherwise. */
export function optionPair(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const match = /^([^=]+)=(.*)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected name=value.');
  const [, name, value] = match as unknown as [string, string, string];
  const isJson = /^(true|false|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(value);
  return { ...before, [name]: isJson ? (JSON.parse(value) as unknown) : value };
}
