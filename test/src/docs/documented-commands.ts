/**
 * Checks whether a command that a document shows would be accepted. `soar` is read by the command's own parser and a
 * service's flags by the service's; npm's scripts and node's files are looked up. Nothing is executed. Other programs
 * are in one list.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, loadCommands } from '@soar/cli/dist/program.js';
import { messageOf } from '@soar/core';
import { repositoryRoot } from '../repository-root.js';
import { readServiceConfig, type ServiceName } from './service-flags.js';

type Command = ReturnType<typeof createProgram>['commands'][number];

const commands = await loadCommands();

/** Programs from elsewhere: only their names are checked. */
const FOREIGN = new Set(
  'echo cat cd cp curl diff done export for git head jq kill kubectl mkdir openssl printf rm sed sleep wait'.split(
    ' ',
  ),
);
const NPM_COMMANDS = new Set(['ci', 'install', 'pack', 'start', 'test']);

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

/** What is wrong with a command; undefined when nothing is. */
export function problemOf(words: readonly string[]): string | undefined {
  const [program = '', ...args] = words;
  switch (program) {
    case 'soar':
      return soarProblem(args);
    case 'npx':
      return args[0] === 'soar' ? soarProblem(args.slice(1)) : toolProblem(args[0] ?? '');
    case 'npm':
      return npmProblem(args);
    case 'node':
      return nodeProblem(args);
    case 'docker':
      return dockerProblem(args);
    default:
      if (FOREIGN.has(program) || /^(python3?|pip|.*\/\.venv\/bin\/\w+)$/.test(program)) return undefined;
      return `${program}: no program that documents show; fix the example, or add the program to the list`;
  }
}

function soarProblem(args: readonly string[]): string | undefined {
  const program = createProgram(commands);
  disarm(program);
  try {
    program.parse(args, { from: 'user' });
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    return code === 'commander.helpDisplayed' || code === 'commander.version' ? undefined : messageOf(error);
  }
}

/** Keeps the parser and removes the actions. */
function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  command.commands.forEach(disarm);
  if (command.commands.length === 0) command.action(() => {});
}

function toolProblem(tool: string): string | undefined {
  return existsSync(join(repositoryRoot, 'node_modules/.bin', tool))
    ? undefined
    : `npx ${tool}: not installed`;
}

function npmProblem([command = '', ...args]: readonly string[]): string | undefined {
  if (NPM_COMMANDS.has(command)) return undefined;
  const script = args.find((arg) => !arg.startsWith('-')) ?? '';
  if (command === 'run' && script in scripts) return undefined;
  return `npm ${command} ${script}: package.json has no such script`;
}

function nodeProblem(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const file = args[at];
  if (file === undefined || args.includes('--test')) return undefined;
  const rest = args.slice(at + 1);
  if (file === 'libs/cli/dist/main.js') return soarProblem(rest);
  const service = /^services\/([a-z]+)\/dist\/main\.js$/.exec(file)?.[1];
  if (service !== undefined) return readServiceConfig(service as ServiceName, rest);
  return existsSync(join(repositoryRoot, file)) ? undefined : `node ${file}: there is no such file`;
}

/** Checks the part after the image or the compose service, if it is a command of this repository. */
function dockerProblem(args: readonly string[]): string | undefined {
  const program = args.findIndex((arg) => /^(services|libs)\/.*\/main\.js$/.test(arg));
  if (program >= 0) return nodeProblem(args.slice(program));
  const run = args.indexOf('run');
  const soar = args.indexOf('soar', run);
  return run >= 0 && soar >= 0 ? soarProblem(args.slice(soar + 1)) : undefined;
}
