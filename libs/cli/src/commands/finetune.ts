/** `soar finetune`: supervised fine-tuning of a model folder on prompts with completions, or on chats. */
import { UserError } from '@soar/core';
import { finetune, type Finetuned, type FinetuneRequest, type Measurement } from '@soar/finetuning';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { requireModelFolder } from '../import-model.js';
import { interruptible } from '../interruptible.js';
import { type Progress, progressOn } from '../progress.js';
import { computingOf } from '../trainer-share.js';
import { addWorkerFlags, type ComputeFlags } from './compute-flags.js';
import { realNumber, seedNumber, wholeNumber } from './option-parsers.js';
import { collected } from './problem-flags.js';

type Settings = Pick<
  FinetuneRequest,
  | 'epochs'
  | 'steps'
  | 'batchSize'
  | 'learningRate'
  | 'schedule'
  | 'warmupSteps'
  | 'seed'
  | 'maxLength'
  | 'evaluateEvery'
  | 'saveEvery'
>;

interface FinetuneFlags extends Settings, Omit<ComputeFlags, 'workers'> {
  readonly model: string;
  readonly data: readonly string[];
  readonly split?: string;
  readonly out: string;
  readonly heldOut: readonly string[] | number;
  readonly adapterRank?: number;
  readonly adapterAlpha?: number;
  readonly json?: boolean;
}

const HELD_OUT_DEFAULT = 0.05;

export function addFinetune(program: Command): void {
  const command = program
    .command('finetune')
    .summary('fine-tune a model on prompts with completions, or on chats')
    .description(
      'Supervised fine-tuning: trains a model on rows of "prompt" and "completion" (texts, or lists of messages)\n' +
        'or of "messages", with the loss on what the assistant writes alone, and writes a Hugging Face folder, or\n' +
        'for a large model the folder of a low-rank adapter. The same command resumes what was interrupted.',
    )
    .requiredOption('--model <dir>', 'model: a Hugging Face folder, or that of an adapter')
    .requiredOption(
      '--data <path>',
      'file, folder or pattern of rows (JSONL, JSON, CSV, Parquet, Arrow; gzip, zip); repeatable',
      collected,
    )
    .option('--split <name>', 'which split of a folder or archive (default: train, where there are several)')
    .requiredOption('--out <dir>', 'folder for the result; what is not finished is in <dir>.partial')
    .option(
      '--held-out <share|path>',
      'what the held-out loss is measured on: a share of the rows, 0 for none, or a path to others; repeatable',
      heldOut,
      HELD_OUT_DEFAULT,
    );
  addTrainingFlags(command);
  addWorkerFlags(command)
    .option(
      '--json',
      'print one JSON line on stdout, and one for each measurement on stderr, instead of text',
    )
    .addHelpText(
      'after',
      `
Rows that are longer than --max-length are left out and counted.

Examples:
  soar finetune --model base/ --data proposals.jsonl --out warm/
  soar finetune --model base/ --data chats.parquet --epochs 3 --batch-size 16 --learning-rate 1e-4 --out tuned/`,
    )
    .action(run);
}

function addTrainingFlags(command: Command): void {
  command
    .addOption(
      new Option('--epochs <n>', 'passes over the rows (default: 1)').argParser(realNumber(0.001, 10_000)),
    )
    .addOption(
      new Option('--steps <n>', 'optimizer steps, in place of --epochs')
        .argParser(wholeNumber(1, 1_000_000))
        .conflicts('epochs'),
    )
    .option('--batch-size <n>', 'rows of a step (default: 8)', wholeNumber(1, 4096))
    .option(
      '--learning-rate <r>',
      'peak of the learning rate (default: 2e-5, an adapter 2e-4)',
      realNumber(0, 1),
    )
    .addOption(
      new Option('--schedule <name>', 'course of the learning rate (default: cosine)').choices([
        'cosine',
        'linear',
        'constant',
      ]),
    )
    .option('--warmup-steps <n>', 'steps until the peak (default: 3 % of all)', wholeNumber(0, 1_000_000))
    .option(
      '--max-length <n>',
      'longest row in tokens (default: 1024, or as many positions as the model has)',
      wholeNumber(2, 1_000_000),
    )
    .option(
      '--adapter-rank <n>',
      'rank of the adapter, 0 to train all weights (default: 16 above 50 million parameters, else 0)',
      wholeNumber(0, 1024),
    )
    .option('--adapter-alpha <a>', 'alpha of the adapter (default: twice its rank)', realNumber(0, 1e6))
    .option(
      '--evaluate-every <n>',
      'steps between held-out losses (default: ten in all)',
      wholeNumber(1, 1_000_000),
    )
    .option('--save-every <n>', 'steps between checkpoints (default: ten in all)', wholeNumber(1, 1_000_000))
    .option('--seed <n>', 'seed of the order of rows and of a new adapter (default: 0)', seedNumber);
}

async function run(flags: FinetuneFlags): Promise<void> {
  const { model, data, split, out, heldOut: apart, adapterRank, adapterAlpha, memory, threads, json } = flags;
  if (adapterAlpha !== undefined && adapterRank === undefined)
    throw new UserError(
      '--adapter-alpha: give --adapter-rank with it',
      'INVALID_ARGUMENT',
      '--adapter-alpha',
    );
  const progress = progressOn(process.stderr, json);
  const request: FinetuneRequest = {
    ...settingsOf(flags),
    model: requireModelFolder(model),
    data: { paths: data, split, heldOut: apart },
    out,
    adapter: adapterRank === undefined ? undefined : { rank: adapterRank, alpha: adapterAlpha ?? 0 },
    threads,
    memoryBytes: flags.deviceMemory ?? memory,
    ...computingOf(flags),
  };
  let isNew = false;
  const { onPlan, ...others } = shown(progress);
  const telling: Parameters<typeof finetune>[1]['onPlan'] = (...plan) => {
    isNew = true;
    onPlan(...plan);
  };
  const made = await interruptible(
    (signal) => finetune(request, { signal, ...others, onPlan: telling }),
    `what was done is in ${out}.partial; the same command resumes it`,
  );
  progress.clear();
  if (!isNew) progress.line(`${out} is there already, made by the same settings; nothing was done`);
  if (json === true) process.stdout.write(`${JSON.stringify({ out, ...made })}\n`);
  else process.stdout.write(`${outcome(made)}\n${out}\n`);
}

function settingsOf(flags: FinetuneFlags): Settings {
  const { epochs, steps, batchSize, learningRate, schedule, warmupSteps, seed, maxLength } = flags;
  const { evaluateEvery, saveEvery } = flags;
  return {
    epochs,
    steps,
    batchSize,
    learningRate,
    schedule,
    warmupSteps,
    seed,
    maxLength,
    evaluateEvery,
    saveEvery,
  };
}

type Shown = Pick<Parameters<typeof finetune>[1], 'onPlan' | 'onStep' | 'onMeasured'>;

/** Shows plan, steps and measurements as they come. */
function shown(progress: Progress): Shown {
  let heldOutNow = '';
  let began = { ms: 0, tokens: 0 };
  let tokensDone = 0;
  return {
    onPlan: (plan, data, resumedFrom) => {
      const { rows, heldOutRows, adapter, steps, batchSize, learningRate, schedule, warmupSteps } = plan;
      const left = data.leftOut === 0 ? '' : `; ${data.leftOut} longer rows are left out`;
      const apart = heldOutRows === 0 ? '' : `, ${heldOutRows} held out`;
      progress.line(
        `${rows} rows to train on${apart}${left}; ${data.tokens} tokens, of which ${data.learnedTokens} are learned`,
      );
      if (data.shared > 0) progress.line(`warning: ${data.shared} held-out rows are trained on as well`);
      const trained = adapter === null ? '' : `an adapter of rank ${adapter.rank}; `;
      progress.line(
        `${trained}${steps} steps of ${batchSize} rows; learning rate ${learningRate}, ${schedule}, ` +
          `${warmupSteps} warm-up steps`,
      );
      if (resumedFrom > 0) progress.line(`resumes from step ${resumedFrom}`);
      progress.event({ plan, leftOut: data.leftOut, resumedFrom });
    },
    onStep: ({ step, steps, loss, tokens }) => {
      tokensDone += tokens;
      if (began.ms === 0) began = { ms: performance.now(), tokens: tokensDone };
      const seconds = (performance.now() - began.ms) / 1000;
      const rate = seconds > 1 ? `  ${Math.round((tokensDone - began.tokens) / seconds)} tokens/s` : '';
      const detail = `loss ${loss.toFixed(3)}${heldOutNow}${rate}`;
      progress.update({ activity: 'fine-tuning', done: step, total: steps, unit: 'steps', detail });
    },
    onMeasured: (measured) => {
      if (measured.heldOutLoss !== null) heldOutNow = `  held out ${measured.heldOutLoss.toFixed(3)}`;
      progress.line(describe(measured));
      progress.event(measured);
    },
  };
}

/** "step 30: loss 1.234, held-out loss 1.301" */
function describe({ step, loss, heldOutLoss }: Measurement): string {
  const parts = [
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(heldOutLoss === null ? [] : [`held-out loss ${heldOutLoss.toFixed(3)}`]),
  ];
  return `step ${step}: ${parts.join(', ') || 'begins'}`;
}

function outcome({ measurements }: Finetuned): string {
  const [first, last] = [measurements[0]!, measurements.at(-1)!];
  const apart =
    last.heldOutLoss === null
      ? ''
      : `; held-out loss ${first.heldOutLoss!.toFixed(3)} before, ${last.heldOutLoss.toFixed(3)} after`;
  return `${last.step} steps, loss ${last.loss!.toFixed(3)} at the end${apart}`;
}

/** A share of the rows, or paths. */
function heldOut(text: string, before: readonly string[] | number): readonly string[] | number {
  const share = Number(text);
  if (text.trim() === '' || Number.isNaN(share)) return [...(Array.isArray(before) ? before : []), text];
  if (share >= 0 && share < 1) return share;
  throw new InvalidArgumentError('Expected a share of the rows from 0 to below 1, or a path.');
}
