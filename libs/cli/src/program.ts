/** The `soar` command and its subcommands, each in its own file under commands/. */
import { Command } from 'commander';
import { addArtifacts } from './commands/artifacts.js';
import { addComparisons } from './commands/comparisons.js';
import { addCompare } from './commands/compare.js';
import { addCompletion } from './commands/completion.js';
import { addDemo } from './commands/demo.js';
import { addEvaluate } from './commands/evaluate.js';
import { addModels } from './commands/models.js';
import { addPretrain } from './commands/pretrain.js';
import { addRun } from './commands/run.js';
import { addRuns } from './commands/runs.js';
import { addScreen } from './commands/screen.js';
import { addUp } from './commands/up.js';
import { addVerify } from './commands/verify.js';
import { addVersion } from './commands/version.js';
import { version } from './version.js';

/** A new program. Commands throw their errors; main.ts prints them. */
export function createProgram(): Command {
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
  for (const add of [
    addDemo,
    addUp,
    addRun,
    addRuns,
    addModels,
    addArtifacts,
    addCompare,
    addComparisons,
    addScreen,
    addEvaluate,
    addPretrain,
    addVerify,
    addVersion,
    addCompletion,
  ])
    add(program);
  return program;
}
