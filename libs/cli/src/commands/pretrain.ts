/** `soar pretrain`: trains a base model from scratch on the task that a file describes. */
import { messageOf, UserError } from '@soar/core';
import { pretrain, type PretrainProgress, type SkillRow } from '@soar/pretraining';
import { quickstartTask, readTask, type ProposalReport, type Task } from '@soar/quickstart';
import type { Command } from 'commander';
import { readText } from '../files.js';
import { interruptible } from '../interruptible.js';
import { formatSeconds, type Progress, progressOn } from '../progress.js';
import { computingOf } from '../trainer-share.js';
import { addWorkerFlags, type ComputeFlags } from './compute-flags.js';
import { seedNumber } from './option-parsers.js';

interface PretrainFlags extends Omit<ComputeFlags, 'workers'> {
  readonly task?: string;
  readonly seed?: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Steps between two log lines. */
const STEPS_A_LINE = 500;

export function addPretrain(program: Command): void {
  const command = program
    .command('pretrain')
    .summary('train a base model from scratch on the task in a file')
    .description(
      'Generates the texts of a task, trains a model of its shape on them and writes it as a Hugging\n' +
        'Face folder, with task.json, pool.jsonl (the problems to screen), curated.jsonl (easier problems with\n' +
        'exact answers) and pretraining.json (how it was made).',
    )
    .option('--task <file>', 'task file, JSON (default: the task of the shipped model)')
    .option('--seed <n>', "seed of texts, weights and problems (default: the task's)", seedNumber)
    .requiredOption('--out <dir>', 'folder for the model; must not exist yet');
  addWorkerFlags(command)
    .option('--json', 'print one JSON line on stdout instead of text')
    .addHelpText(
      'after',
      `
Examples:
  soar pretrain --out base/
  soar pretrain --task my-task.json --seed 2 --out base-2/`,
    )
    .action(async (flags: PretrainFlags) => {
      const task = taskOf(flags);
      const progress = progressOn(process.stderr, flags.json);
      const onStep = (step: PretrainProgress): void => showStep(step, progress);
      const { threads, deviceMemory } = flags;
      const memoryBytes = deviceMemory ?? flags.memory;
      const computing = computingOf(flags);
      const made = await interruptible(
        (signal) => pretrain(task, flags.out, { signal, onStep, threads, memoryBytes, ...computing }),
        'nothing was written',
      );
      progress.clear();
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ out: flags.out, ...made })}\n`);
      else {
        const size = `${made.parameters} parameters in ${formatSeconds(made.seconds)}`;
        const lines = [size, describeProposals(made.proposals), describeSkill(made.skill), flags.out];
        process.stdout.write(`${lines.join('\n')}\n`);
      }
    });
}

function showStep({ stage, step, steps, loss }: PretrainProgress, progress: Progress): void {
  const withLoss = `stage ${stage}  loss ${loss.toFixed(3)}`;
  const activity = step === steps ? withLoss : `stage ${stage}`;
  progress.update({ activity, done: step, total: steps, unit: 'steps' });
  if (step % STEPS_A_LINE === 0) progress.line(`${withLoss} at step ${step}`);
}

/** "pool problems solved when the first step is given: 6 operands 240 of 240 right, ..." */
function describeSkill(rows: readonly SkillRow[]): string {
  const shares = rows.map(({ kind, problems, correct }) => `${kind} ${correct} of ${problems} right`);
  return `pool problems solved when the first step is given: ${shares.join(', ')}`;
}

/** "as a teacher: 98.1 % of 1024 proposals well-formed, 77.9 % of those answered right; 2 operands 22 %, ..." */
function describeProposals({ completions, wellFormed, correct, kinds }: ProposalReport): string {
  const percent = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;
  const formed = `${percent(wellFormed, completions)} of ${completions} proposals well-formed`;
  const right = `${percent(correct, wellFormed)} of those answered right`;
  const proposed = kinds.map(({ kind, count }) => `${kind} ${percent(count, wellFormed)}`);
  return `as a teacher: ${formed}, ${right}; ${proposed.join(', ')}`;
}

function taskOf({ task, seed }: PretrainFlags): Task {
  const chosen = task === undefined ? quickstartTask : readTask(parseJson(task), task);
  return seed === undefined ? chosen : { ...chosen, seed };
}

function parseJson(file: string): unknown {
  const text = readText(file, 'task file');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`task file ${file} is not JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', file);
  }
}
