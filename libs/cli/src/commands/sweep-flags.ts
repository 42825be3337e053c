/** The flags of `soar sweep`. What is swept, over which arms and seeds, stands in its file. */
import type { Command } from 'commander';
import type { InputFlags } from '../compare/compare-inputs.js';
import type { LivePageFlags } from '../live-page.js';
import type { CallFlags } from './call-flags.js';
import { addSharedFlags } from './compare-flags.js';
import type { ComputeFlags } from './compute-flags.js';
import type { PlanFlags } from './plan-flag.js';
import { collected } from './problem-flags.js';

export interface SweepFlags extends InputFlags, CallFlags, ComputeFlags, LivePageFlags, PlanFlags {
  readonly allowVersionChange?: boolean;
  readonly allowOtherPrompt?: boolean;
  readonly coordinator?: string;
  readonly artifacts?: string;
  readonly completions?: string;
  readonly completionsFormat?: string;
  readonly out: string;
}

const HELP = `
The file is a configuration, as "soar run" takes it, with these fields beside it:
  vary        fields of the configuration, each with a list of values. Required.
  design      one-at-a-time (default): the base, and each value with all else as in the base; or grid
  arms        as --arms of "soar compare" (default: its core), as a list
  teachers    teacher seeds (default: 4)
  students    student seeds for each teacher (default: 3)
  alone       seeds of arms without a teacher (default: twice students)
  firstSeed   first seed; the others follow it (default: 0)
  model, train, test, curated, questions
              as the flags, relative to the file (default: the shipped ones)

Example of a file:
  preset: quickstart
  arms: [hard-only, pq]
  teachers: 2
  vary:
    promotion.tau: [0.01, 0.03, 0.1]
    teacher.optimizer.learningRate: [0.001, 0.01]

Examples:
  soar sweep sweep.yaml --plan
  soar sweep sweep.yaml --out sweep
  soar sweep sweep.yaml --model base/ --train train.jsonl --test test.jsonl --coordinator 127.0.0.1:7105`;

export function addSweepFlags(program: Command): Command {
  const command = program
    .command('sweep')
    .summary('compare arms over values of settings: n, tau, window, learning rate, ...')
    .description(
      'Makes a comparison for every point of a sweep: values of fields of the configuration, over arms and seeds. ' +
        'What a setting cannot change is made once. Leaves sweep.json, report.html with the sensitivities, and each ' +
        'comparison in a folder of its own. Results are kept: the same command resumes, and values, arms and seeds ' +
        'may be added to the file.',
    )
    .argument('<file>', 'YAML file of the sweep')
    .option(
      '--model <dir>',
      'base model: a Hugging Face folder (default: the one of the file, or the shipped one)',
    )
    .option(
      '--curated <path>',
      'easier problems with exact answers, for the upper bound; repeatable (default: the shipped ones)',
      collected,
    )
    .option('--questions <path>', 'problems to train on, for the arm given-questions; repeatable', collected)
    .option('--out <dir>', 'folder for results, artifacts, journal and logs', 'sweep');
  return addSharedFlags(command).addHelpText('after', HELP);
}
