/** docs/commands.md: the help of every command, as the command itself prints it. `npm run docs` writes it. */
import { createProgram, loadCommands } from '@soar/cli/dist/program.js';

type Command = ReturnType<typeof createProgram>['commands'][number];

const commands = await loadCommands();

const WIDTH = 100;
/** Longest line in a document. Texts that commander does not wrap are wrapped here. */
const LINE_MAX = 118;

const HEAD = `# The commands

\`npx soar\` in a checkout, after \`npm ci && npm run build\`. This page is what every command prints with
\`--help\`; \`npm run docs\` writes it. The services have [flags of their own](services.md#flags).

Environment variables give defaults for flags:

| variable               | flag                                             |
| ---------------------- | ------------------------------------------------ |
| \`SOAR_ARTIFACTS\`       | \`--artifacts\`                                    |
| \`SOAR_COORDINATOR\`     | \`--coordinator\`, of commands that call one       |
| \`SOAR_STORE\`           | \`--store\`; keeps a password off the command line |
| \`SOAR_TLS_CA\`          | \`--tls-ca\`                                       |
| \`SOAR_TLS_CLIENT_CERT\` | \`--tls-client-cert\`                              |
| \`SOAR_TLS_CLIENT_KEY\`  | \`--tls-client-key\`                               |
| \`SOAR_TOKEN_FILE\`      | \`--token-file\`                                   |

Long work shows progress with rate and time left on a terminal, plain lines elsewhere, and JSON lines with \`--json\`.
Ctrl-C stops every process that a command started; a second Ctrl-C kills them.

| exit code | meaning                  |
| --------- | ------------------------ |
| 0         | done                     |
| 1         | the work failed          |
| 2         | wrong usage or bad input |
| 130       | interrupted              |
`;

/** The whole page. The environment must hold no SOAR_* variables, which are defaults of flags. */
export function commandReference(): string {
  const program = createProgram(commands);
  return [HEAD, ...commandsOf(program).map(section)].join('\n');
}

/** All commands that the help shows, in its order, each before its subcommands. */
function commandsOf(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.filter((child) => child.name() !== 'help').flatMap((child) => [child, ...commandsOf(child)]);
}

function section(command: Command): string {
  const title = pathOf(command);
  return `${'#'.repeat(title.split(' ').length)} ${title}\n\n\`\`\`text\n${helpOf(command).trim()}\n\`\`\`\n`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
    writeOut: (written) => (text += written),
  });
  command.outputHelp();
  return text.split('\n').flatMap(wrapped).join('\n');
}

/** Lines of a help text that are too long for a document, cut between words. */
function wrapped(line: string): string[] {
  if (line.length <= LINE_MAX) return [line.trimEnd()];
  const cut = line.lastIndexOf(' ', LINE_MAX);
  const indent = /^ */.exec(line)![0];
  if (cut <= indent.length) return [line];
  return [line.slice(0, cut).trimEnd(), ...wrapped(indent + line.slice(cut + 1))];
}
