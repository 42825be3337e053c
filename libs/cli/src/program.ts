/** The `soar` command and its subcommands, each in its own file under commands/, loaded on demand. */
import { Command } from 'commander';
import { version } from './version.js';

/** Adds a command to the program. */
type Add = (program: Command) => void;

const modules: Readonly<Record<string, () => Promise<Add>>> = {
  demo: async () => (await import('./commands/demo.js')).addDemo,
  up: async () => (await import('./commands/up.js')).addUp,
  run: async () => (await import('./commands/run.js')).addRun,
  runs: async () => (await import('./commands/runs.js')).addRuns,
  dashboard: async () => (await import('./commands/dashboard.js')).addDashboard,
  gateway: async () => (await import('./commands/gateway.js')).addGateway,
  models: async () => (await import('./commands/models.js')).addModels,
  artifacts: async () => (await import('./commands/artifacts.js')).addArtifacts,
  config: async () => (await import('./commands/config.js')).addConfig,
  compare: async () => (await import('./commands/compare.js')).addCompare,
  comparisons: async () => (await import('./commands/comparisons.js')).addComparisons,
  sweep: async () => (await import('./commands/sweep.js')).addSweep,
  sweeps: async () => (await import('./commands/sweeps.js')).addSweeps,
  prompt: async () => (await import('./commands/prompt.js')).addPrompt,
  propose: async () => (await import('./commands/propose.js')).addPropose,
  screen: async () => (await import('./commands/screen.js')).addScreen,
  evaluate: async () => (await import('./commands/evaluate.js')).addEvaluate,
  pretrain: async () => (await import('./commands/pretrain.js')).addPretrain,
  diversity: async () => (await import('./commands/diversity.js')).addDiversity,
  domains: async () => (await import('./commands/domains.js')).addDomains,
  finetune: async () => (await import('./commands/finetune.js')).addFinetune,
  problems: async () => (await import('./commands/problems.js')).addProblems,
  verify: async () => (await import('./commands/verify.js')).addVerify,
  devices: async () => (await import('./commands/devices.js')).addDevices,
  version: async () => (await import('./commands/version.js')).addVersion,
  completion: async () => (await import('./commands/completion.js')).addCompletion,
};

/**
 * Loads the requested command without the imports of the others. Loads all of them for an unknown name, and for the
 * completion scripts, which name every command.
 */
export function loadCommands(wanted = ''): Promise<readonly Add[]> {
  const isAlone = Object.hasOwn(modules, wanted) && wanted !== 'completion';
  return Promise.all((isAlone ? [wanted] : Object.keys(modules)).map((name) => modules[name]!()));
}

/** A new program of these commands. Commands throw their errors; main.ts prints them. */
export function createProgram(commands: readonly Add[]): Command {
  const program = new Command('soar')
    .description(
      "SOAR: a teacher model writes practice questions and is rewarded with its student's " +
        'measured improvement on problems that neither can solve yet (arXiv 2601.18778).',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the work failed, 2 wrong usage or bad input, 130 interrupted.',
    );
  for (const add of commands) add(program);
  return program;
}
