/** Completion for zsh, with the help of commands and flags. */
import { allCommands, type CommandNode, type Flag, type Value } from './command-tree.js';

export function zshCompletion(root: CommandNode): string {
  const commands = allCommands(root);
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => path);
  const patterns = paths.map((path) => quote(path.includes(' ') ? path : ` ${path}`)).join(' | ');
  return `#compdef soar
# zsh completion for soar: soar completion zsh > "\${fpath[1]}/_soar"

_soar() {
  local command=''
  integer i at=1
  for ((i = 2; i < CURRENT; i++)); do
    case "$command \${words[i]}" in
      ${patterns}) command="\${command:+$command }\${words[i]}"; at=i ;;
    esac
  done
  # What follows the command is completed as if the command stood alone.
  words=("\${(@)words[at,-1]}")
  ((CURRENT -= at - 1))
  local -a commands
  case "$command" in
${commands.map(commandArm).join('\n')}
  esac
}

if [[ $funcstack[1] == _soar ]]; then _soar "$@"; else compdef _soar soar; fi
`;
}

function commandArm(node: CommandNode): string {
  const specs = [...node.flags.flatMap(flagSpecs), ...node.arguments.map(argumentSpec)];
  const flags = `_arguments ${specs.map((spec) => `\\\n        ${quote(spec)}`).join(' ')}`;
  if (node.commands.length === 0) return `    ${quote(node.path)})\n      ${flags} ;;`;
  const names = node.commands.map(({ name, help }) => `\n        ${quote(`${name}:${help}`)}`);
  return `    ${quote(node.path)})
      commands=(${names.join('')}
      )
      if [[ \${words[CURRENT]} == -* ]]; then
        ${flags}
      else
        _describe command commands
      fi ;;`;
}

function flagSpecs({ long, short, help, value }: Flag): string[] {
  const text = `[${escape(help)}]`;
  const action =
    value === undefined ? '' : `:${value.kind === 'choices' ? 'choice' : value.kind}:${complete(value)}`;
  return [
    `${long}${value === undefined ? '' : '='}${text}${action}`,
    ...(short ? [`${short}${text}${action}`] : []),
  ];
}

function argumentSpec(value: Value, index: number): string {
  return `${index + 1}:${value.kind === 'choices' ? 'choice' : value.kind}:${complete(value)}`;
}

function complete(value: Value): string {
  if (value.kind === 'choices') return `(${value.choices.join(' ')})`;
  if (value.kind === 'text') return ' ';
  return value.kind === 'file' ? '_files' : '_files -/';
}

/** Help inside the brackets of a specification. */
function escape(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
