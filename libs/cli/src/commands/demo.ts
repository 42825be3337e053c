/** `soar demo`, which is also `npm start`: SOAR on the model and the hard problems that ship with the project. */
import { readProblems } from '@soar/datasets';
import { quickstartAssets } from '@soar/quickstart';
import type { Command } from 'commander';
import { readPreset } from '../run-config.js';
import { addRunFlags, overridesOf, planOrRun, type RunFlags } from './run.js';

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .summary('run SOAR on the model that ships with the project')
    .description(
      'Starts the five services on free loopback ports, runs SOAR with the preset "quickstart" on the shipped base ' +
        'model and hard problems, and prints a table: base, Hard-Only, promoted student (PS), promotion ' +
        'questions (PQ).',
    );
  addRunFlags(command)
    .addHelpText(
      'after',
      `
The same seed gives the same report, except for times, whatever the number of workers. An interrupted demo resumes
with the same command; after a finished one, it starts a new run under the next free id. Reports contain ids and
hashes that depend on them: to compare two reports, give each run its own --out.

Examples:
  soar demo
  soar demo --seed 1 --steps 2 --out somewhere
  soar demo --json | jq -c 'select(.event == "step").figures'
  soar demo --trace spans.jsonl`,
    )
    .action(async (flags: RunFlags) => {
      const { model, train, test } = quickstartAssets;
      await planOrRun(
        {
          command: 'soar demo',
          name: 'demo',
          sources: {
            config: () => readPreset('quickstart', overridesOf(flags)),
            model,
            train: () => readProblems(train),
            test: () => readProblems(test),
            trainFiles: [train],
            machine: flags,
          },
          saysWhatItReads: false,
        },
        flags,
      );
    });
}
