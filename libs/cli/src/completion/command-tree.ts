/** The commands, flags and arguments of `soar` as plain data, read from commander, for the completion scripts. */
import type { Argument, Command, Option } from 'commander';

/** What a flag or an argument takes. `text` cannot be completed: an id, a number. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'text' };

export interface Flag {
  /** "--help". */
  readonly long: string;
  /** "-h". */
  readonly short?: string;
  readonly help: string;
  /** Absent for a switch. */
  readonly value?: Value;
}

export interface CommandNode {
  /** "runs list"; empty for soar itself. */
  readonly path: string;
  /** "list". */
  readonly name: string;
  readonly help: string;
  readonly flags: readonly Flag[];
  readonly arguments: readonly Value[];
  readonly commands: readonly CommandNode[];
}

/** Placeholders of flags and arguments that are paths. */
const paths: Readonly<Record<string, 'file' | 'folder'>> = {
  file: 'file',
  config: 'file',
  dir: 'folder',
  location: 'folder',
};

export function commandTree(command: Command, above: readonly string[] = []): CommandNode {
  const isRoot = command.parent === null;
  const path = isRoot ? [] : [...above, command.name()];
  return {
    path: path.join(' '),
    name: command.name(),
    help: firstSentence(command.summary() || command.description()),
    flags: command.createHelp().visibleOptions(command).map(flagOf),
    arguments: command.registeredArguments.map((argument) => valueOf(argument.name(), argument)),
    commands: command.commands.map((child) => commandTree(child, path)),
  };
}

/** The node and all its descendants. */
export function allCommands(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)];
}

function flagOf(option: Option): Flag {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  return {
    long: option.long!,
    ...(option.short && { short: option.short }),
    help: firstSentence(option.description),
    ...(placeholder !== undefined && { value: valueOf(placeholder, option) }),
  };
}

function valueOf(placeholder: string, { argChoices }: Argument | Option): Value {
  if (argChoices !== undefined) return { kind: 'choices', choices: argChoices };
  return { kind: paths[placeholder] ?? 'text' };
}

/** The first sentence of a help text, on one line. */
function firstSentence(help: string): string {
  return help.split(/[.;]?\n|[.;] /)[0]!.replace(/\.$/, '');
}
