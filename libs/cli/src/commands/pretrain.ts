/** `soar pretrain`: makes a base model from nothing, as a task file says. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import {
  curatedProblems,
  problemPool,
  quickstartTask,
  readTask,
  type ProposalReport,
  type Task,
} from '@soar/quickstart';
import type { Command } from 'commander';
import { Interrupted } from '../exit.js';
import { readText } from '../files.js';
import { pretrain, type SkillRow } from '../pretrain.js';
import { formatSeconds, Progress, progressStyle } from '../progress.js';
import { seedNumber } from './option-parsers.js';

interface PretrainFlags {
  readonly task?: string;
  readonly seed?: number;
  readonly out: string;
  readonly json?: boolean;
}

export function addPretrain(program: Command): void {
  program
    .command('pretrain')
    .summary('make a base model from nothing, as a task file says')
    .description(
      'Generates the texts of a task, trains a model of its shape on them with one core and writes it as a Hugging\n' +
        'Face folder, together with task.json, pool.jsonl (the problems to screen), curated.jsonl (easier problems with\n' +
        'exact answers) and pretraining.json.',
    )
    .option('--task <file>', 'task file (JSON); default: the shipped one')
    .option('--seed <n>', "seed of texts, weights and problems; default: the task's", seedNumber)
    .requiredOption('--out <dir>', 'folder of the model; must not exist')
    .option('--json', 'JSON lines instead of text')
    .addHelpText(
      'after',
      `
Examples:
  soar pretrain --out base/
  soar pretrain --task my-task.json --seed 2 --out base-2/`,
    )
    .action(async (flags: PretrainFlags) => {
      const task = taskOf(flags);
      const folder = resolve(flags.out);
      if (existsSync(folder)) {
        throw new UserError(
          `${flags.out} exists: give a folder that is not there yet`,
          'ALREADY_EXISTS',
          flags.out,
        );
      }
      const progress = new Progress(progressStyle(flags.json, process.stderr.isTTY), process.stderr);
      const interrupt = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(name, () => interrupt.abort());
      const startedMs = performance.now();
      let made: object = {};
      let seconds = 0;
      const summary = await pretrain(task, folder, {
        signal: interrupt.signal,
        onStep: ({ stage, step, steps, loss }) => {
          const activity = `stage ${stage}  loss ${loss.toFixed(3)}`;
          progress.update({
            activity: step === steps ? activity : `stage ${stage}`,
            done: step,
            total: steps,
            unit: 'steps',
          });
          if (step % 500 === 0) progress.line(`${activity} at step ${step}`);
        },
        describe: (summary) => {
          seconds = (performance.now() - startedMs) / 1000;
          const command = `soar pretrain --seed ${task.seed}`;
          made = { command, seed: task.seed, ...summary, seconds: Math.round(seconds) };
          return {
            'pool.jsonl': jsonLines(problemPool(task)),
            'curated.jsonl': jsonLines(curatedProblems(task)),
            'task.json': `${JSON.stringify(task, null, 2)}\n`,
            'pretraining.json': `${JSON.stringify(made, null, 2)}\n`,
          };
        },
      }).catch((error: unknown) => {
        throw interrupt.signal.aborted ? new Interrupted('nothing was written') : error;
      });
      progress.clear();
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ out: flags.out, ...made })}\n`);
      else
        process.stdout.write(
          `${summary.parameters} parameters in ${formatSeconds(seconds)}\n${describeProposals(summary.proposals)}\n${describeSkill(summary.skill)}\n${flags.out}\n`,
        );
    });
}

/** "pool problems worked out from the first step: 6 operands 240 of 240 right, ..." */
function describeSkill(rows: readonly SkillRow[]): string {
  const shares = rows
    .map(({ kind, problems, correct }) => `${kind} ${correct} of ${problems} right`)
    .join(', ');
  return `pool problems worked out from the first step: ${shares}`;
}

/** "as a teacher: 98.1 % of 1024 proposals well-formed, 77.9 % of those answered right; 2 operands 22 %, ..." */
function describeProposals({ completions, wellFormed, correct, kinds }: ProposalReport): string {
  const percent = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;
  const asked = kinds.map(({ kind, count }) => `${kind} ${percent(count, wellFormed)}`).join(', ');
  return `as a teacher: ${percent(wellFormed, completions)} of ${completions} proposals well-formed, ${percent(correct, wellFormed)} of those answered right; ${asked}`;
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

function taskOf({ task, seed }: PretrainFlags): Task {
  const chosen = task === undefined ? quickstartTask : readTask(parseJson(task), task);
  return seed === undefined ? chosen : { ...chosen, seed };
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readText(file, 'task file'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`task file ${file} is no JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', file);
  }
}
