/**
 * `soar completion`: prints the script with which a shell completes the commands, flags and choices of this version.
 */
import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { commandTree, type CommandNode } from '../completion/command-tree.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';

const shells: Readonly<Record<string, (root: CommandNode) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for bash, zsh or fish')
    .description('Prints a script that completes the commands, flags and choices of this version in a shell.')
    .addArgument(new Argument('<shell>', 'shell that reads the script').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `
Set-up:
  bash  echo 'source <(soar completion bash)' >> ~/.bashrc
  zsh   soar completion zsh > "\${fpath[1]}/_soar"             # before compinit runs
  fish  soar completion fish > ~/.config/fish/completions/soar.fish`,
    )
    .action((shell: string) => void process.stdout.write(shells[shell]!(commandTree(program))));
}
