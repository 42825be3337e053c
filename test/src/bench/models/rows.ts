/** The rows of `npm run bench:models`: what each side is given, and how much faster ours is wanted to be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository-root.js';

export interface Row {
  readonly name: string;
  readonly ours: { readonly work: string; readonly model: string; readonly flags: readonly string[] };
  readonly peer: { readonly script: string; readonly model: string; readonly flags: readonly string[] };
  readonly target: number;
  /** Of peak memory, theirs over ours. */
  readonly memoryTarget?: number;
}

type Flags = Readonly<Record<string, number | string>>;

function flagsOf(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

type MakeRow = (
  name: string,
  work: string,
  script: string,
  target: number,
  flags: Flags,
  more?: { readonly memoryTarget?: number; readonly ownModel?: string; readonly peerModel?: string },
) => Row;

/** Makes rows with `model` on both sides, where a row does not name others. */
function rowsWith(model: string): MakeRow {
  return (name, work, script, target, flags, { ownModel = model, peerModel = ownModel, ...rest } = {}) => {
    const both = flagsOf(flags);
    return {
      name,
      ours: { work, model: ownModel, flags: both },
      peer: { script, model: peerModel, flags: both },
      target,
      ...rest,
    };
  };
}

/** `gguf`: the model as llama.cpp reads it, in float32; without it its rows are left out. */
export function rowsOf(model: string, gguf: string | undefined): Row[] {
  const row = rowsWith(model);
  const short = { rows: 32, 'prompt-tokens': 40, 'new-tokens': 64 };
  // A context of 1,024: mostly read, with several samples of each prompt, and mostly drawn.
  const long = { rows: 8, 'prompt-tokens': 896, 'new-tokens': 128 };
  const answers = { rows: 4, 'prompt-tokens': 40, 'new-tokens': 984 };
  const batch = { rows: 4, time: 128 };
  const rloo = { prompts: 4, group: 8, 'prompt-tokens': 40, 'new-tokens': 64 };
  const llama = [1, 2].map((threads) =>
    row(
      `rollouts-llama-${threads}`,
      'rollouts',
      'rollouts-llama.py',
      1.3,
      { ...short, threads },
      { peerModel: gguf ?? '' },
    ),
  );
  // The shipped model. It is trained on texts of 8 to 72 tokens, which PyTorch pads to the longest, and answers
  // problems as a training step of the demo asks it: 16 samples each, most of which soon end. The last row is of noise,
  // on which samples part at once, and no sample ends.
  const shipped = { ownModel: join(repositoryRoot, 'libs/quickstart/assets/base-model') };
  const uneven = { rows: 96, 'time-min': 8, time: 72, threads: 1 };
  const answers128 = { texts: JSON.stringify(hardProblems(8)), samples: 16, 'new-tokens': 64, threads: 1 };
  const noise128 = { rows: 128, samples: 16, 'prompt-tokens': 24, 'new-tokens': 48, threads: 1 };
  return [
    row('shipped-training', 'training', 'training.py', 2.5, uneven, shipped),
    row('shipped-rollouts', 'rollouts', 'rollouts-transformers.py', 3, answers128, shipped),
    row('shipped-noise', 'rollouts', 'rollouts-transformers.py', 3, noise128, shipped),
    ...(gguf === undefined ? [] : llama),
    row('rollouts-short', 'rollouts', 'rollouts-transformers.py', 1.3, { ...short, threads: 2 }),
    row('rollouts-long', 'rollouts', 'rollouts-transformers.py', 2, { ...long, threads: 2 }),
    row('rollouts-long-samples', 'rollouts', 'rollouts-transformers.py', 2, {
      ...long,
      samples: 8,
      threads: 2,
    }),
    row('rollouts-long-answers', 'rollouts', 'rollouts-transformers.py', 2, { ...answers, threads: 2 }),
    ...[1, 2].flatMap((threads) => [
      row(
        `training-lora-${threads}`,
        'training',
        'training.py',
        1.3,
        { ...batch, threads, lora: 16 },
        { memoryTarget: 1 },
      ),
      row(
        `training-full-${threads}`,
        'training',
        'training.py',
        1,
        { ...batch, threads },
        { memoryTarget: 1 },
      ),
    ]),
    row('rloo-step', 'rloo-step', 'rloo-step.py', 1.5, { ...rloo, threads: 2 }),
  ];
}

/** Prompts of shipped problems, as students get them: all of one length. */
function hardProblems(count: number): string[] {
  const file = join(repositoryRoot, 'libs/quickstart/assets/hard/train.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, count);
  return lines.map((line) => `Q${(JSON.parse(line) as { readonly question: string }).question}`);
}
