/** Completion for fish, with the help of commands and flags. */
import { allCommands, type CommandNode, type Value } from './command-tree.js';

export function fishCompletion(root: CommandNode): string {
  const commands = allCommands(root);
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => path);
  const patterns = paths.map((path) => quote(path.includes(' ') ? path : ` ${path}`)).join(' ');
  return `# fish completion for soar: soar completion fish > ~/.config/fish/completions/soar.fish

function __soar_at --description 'Whether the line so far has this command'
    set -l command ''
    for word in (commandline -opc)[2..-1]
        switch "$command $word"
            case ${patterns}
                set command (string trim -- "$command $word")
        end
    end
    test "$command" = "$argv"
end

complete -c soar -f
${commands.flatMap(lines).join('\n')}
`;
}

function lines(node: CommandNode): string[] {
  const start = `complete -c soar -n ${quote(`__soar_at ${node.path}`.trim())}`;
  return [
    ...node.commands.map(({ name, help }) => `${start} -a ${name} -d ${quote(help)}`),
    ...node.arguments.filter(({ kind }) => kind !== 'text').map((value) => `${start} ${candidates(value)}`),
    ...node.flags.map(({ long, short, help, value }) => {
      const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
      const takes = value === undefined ? '' : ` -r ${candidates(value)}`;
      return `${start} ${names}${takes} -d ${quote(help)}`;
    }),
  ];
}

function candidates(value: Value): string {
  if (value.kind === 'choices') return `-f -a ${quote(value.choices.join(' '))}`;
  if (value.kind === 'text') return '-f';
  return value.kind === 'file' ? '-F' : "-f -a '(__fish_complete_directories)'";
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
