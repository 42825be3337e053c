/** Completion for bash 3.2 and newer, without the package bash-completion. */
import { allCommands, type CommandNode, type Value } from './command-tree.js';

export function bashCompletion(root: CommandNode): string {
  const commands = allCommands(root);
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# bash completion for soar: source <(soar completion bash)

_soar_words() {
  COMPREPLY=($(compgen -W "$2" -- "$1"))
}

_soar_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$2" -- "$1"))
  compopt -o filenames 2>/dev/null
}

_soar() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  # --flag=value comes as three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
${arm(4, paths.map(casePattern), 'command="${command:+$command }${COMP_WORDS[i]}"')}
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap(flagArms).join('\n')}
  esac
  case "$command" in
${commands.map(commandArm).join('\n')}
  esac
}

complete -F _soar soar
`;
}

/** The pattern of a path in "$command word": "runs list", but " runs" where `command` is still empty. */
function casePattern(path: string): string {
  return path.includes(' ') ? path : ` ${path}`;
}

/** Completes the values of the command's flags. */
function flagArms({ path, flags }: CommandNode): string[] {
  const byAction = new Map<string, string[]>();
  for (const { long, value } of flags) {
    if (value === undefined) continue;
    const action = value.kind === 'text' ? 'return' : `${complete(value)}; return`;
    byAction.set(action, [...(byAction.get(action) ?? []), `${path} ${long}`]);
  }
  return [...byAction].map(([action, patterns]) => arm(2, patterns, action));
}

/** Completes subcommands, choices and flags, and paths if an argument is one. */
function commandArm(node: CommandNode): string {
  const names = node.commands.map(({ name }) => name);
  const flags = node.flags.map(({ long }) => long);
  const choices = node.arguments.flatMap((value) => (value.kind === 'choices' ? value.choices : []));
  const words = `_soar_words "$current" '${[...names, ...choices, ...flags].join(' ')}'`;
  const path = node.arguments.find(({ kind }) => kind === 'file' || kind === 'folder');
  const action =
    path === undefined ? words : `if [[ $current == -* ]]; then ${words}; else ${complete(path)}; fi`;
  return arm(2, [node.path], action);
}

function complete(value: Value): string {
  if (value.kind === 'choices') return `_soar_words "$current" '${value.choices.join(' ')}'`;
  return `_soar_paths "$current" ${value.kind === 'file' ? '-f' : '-d'}`;
}

function arm(indent: number, patterns: readonly string[], action: string): string {
  return `${' '.repeat(indent + 2)}${patterns.map((pattern) => `'${pattern}'`).join(' | ')}) ${action} ;;`;
}
