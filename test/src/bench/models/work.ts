/**
 * Our side of a row of `npm run bench:models`, in a process of its own: prints {"seconds": [...], "cpu_seconds": [...],
 * "peak_bytes": ...} as the scripts of the other side do (test/bench-models). The first repetition is not counted.
 * Rollouts are of ids that mean nothing, to full length, or of --texts, a JSON list, each sample to its end token.
 *
 *   node test/dist/bench/models/work.js rollouts MODEL_FOLDER --rows 32 --prompt-tokens 40 --new-tokens 64 --threads 1
 */
import { parseArgs } from 'node:util';
import { newAdapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { ModelPool, readModelConfig, runtimeSettings, type ModelWorker } from '@soar/runtime';
import { Tokenizer } from '@soar/tokenizer';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '3' },
    rows: { type: 'string', default: '4' },
    time: { type: 'string', default: '128' },
    'time-min': { type: 'string', default: '' },
    samples: { type: 'string', default: '1' },
    prompts: { type: 'string', default: '4' },
    group: { type: 'string', default: '8' },
    'prompt-tokens': { type: 'string', default: '40' },
    'new-tokens': { type: 'string', default: '64' },
    texts: { type: 'string' },
    lora: { type: 'string', default: '0' },
  },
});
const [row = '', folder = ''] = positionals;
const count = (name: Exclude<keyof typeof values, 'texts'>): number => Number(values[name]);
const config = readModelConfig(folder);
const base = { handle: 'base', folder };
const student = 'student';

/** Prompts as token ids, of the texts that were given. */
const given = values.texts === undefined ? undefined : await encoded(JSON.parse(values.texts) as string[]);

async function encoded(texts: readonly string[]): Promise<number[][]> {
  const tokenizer = await Tokenizer.fromFolder(folder);
  return texts.map((text) => tokenizer.encode(text, { bos: false }));
}

/** Token ids far from the special ones, different for every text. */
const FIRST = config.vocabSize > 2000 ? 1000 : 2;

function textOf(text: number, length: number): number[] {
  return Array.from({ length }, (_, t) => FIRST + ((97 * text + 13 * t) % (config.vocabSize - FIRST)));
}

/** Tokens of a text to train on: `time`, or from `time-min` up to that, unevenly. */
function lengthOf(text: number): number {
  const [most, least] = [count('time'), values['time-min'] === '' ? count('time') : count('time-min')];
  return least + ((37 * text) % (most - least + 1));
}

async function start(worker: ModelWorker): Promise<void> {
  await worker.load(base);
  if (row === 'rollouts') return;
  const rank = count('lora');
  const request = { rank, alpha: 2 * rank, rslora: false, targets: [] };
  const adapter = rank === 0 ? undefined : newAdapter(config, request, 'adapter');
  await worker.clone(base.handle, student, adapter && { adapter, seed: 1, path: 'bench' });
}

/** Prompts of ids that mean nothing. */
function promptsOf(texts: number): number[][] {
  return Array.from({ length: texts }, (_, p) => textOf(p, count('prompt-tokens')));
}

/** Whole texts: every prompt with each of its samples, which go on to one of `stopIds`. */
async function sample(
  worker: ModelWorker,
  of: string,
  {
    prompts,
    stopIds = [],
    group,
    step,
  }: {
    readonly prompts: readonly number[][];
    readonly stopIds?: readonly number[];
    readonly group: number;
    readonly step: number;
  },
): Promise<Int32Array[]> {
  const rows = prompts.flatMap((_, p) =>
    Array.from({ length: group }, (_, s) => ({ prompt: p, path: `${step}/${p}/${s}` })),
  );
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: count('new-tokens'), stopIds };
  const completions = await worker.sample(of, { prompts, rows, seed: 1, sampling }, config);
  return completions.map(({ tokens }, i) => Int32Array.of(...prompts[rows[i]!.prompt]!, ...tokens));
}

/** One optimizer step on whole texts, each with an advantage of its own. */
async function train(worker: ModelWorker, texts: readonly Int32Array[], begin: number): Promise<void> {
  await worker.trainStep({
    handle: student,
    texts: texts.map((tokens, i) => ({
      tokens,
      weights: new Float32Array(tokens.length).fill((i % 2 === 0 ? 1 : -1) / texts.length, begin),
    })),
    temperature: 1,
    kl: 'none',
    optimizer: ADAMW_DEFAULTS,
    learningRate: 1e-6,
  });
}

/** Of the model as it is; a student that is trained in full has weights of its own, which are not packed. */
async function rollouts(worker: ModelWorker, step: number): Promise<void> {
  const group = count('samples');
  const continued =
    given === undefined
      ? { prompts: promptsOf(count('rows') / group) }
      : { prompts: given, stopIds: config.eosTokenIds };
  await sample(worker, base.handle, { ...continued, group, step });
}

const rows: Readonly<Record<string, (worker: ModelWorker, step: number) => Promise<void>>> = {
  rollouts,
  training: (worker) =>
    train(
      worker,
      Array.from({ length: count('rows') }, (_, i) => Int32Array.from(textOf(i, lengthOf(i)))),
      1,
    ),
  'rloo-step': async (worker, step) => {
    const prompts = promptsOf(count('prompts'));
    const texts = await sample(worker, student, { prompts, group: count('group'), step });
    await train(worker, texts, count('prompt-tokens'));
  },
};

const work = rows[row];
if (work === undefined)
  throw new Error(`unknown row ${row}: expected one of ${Object.keys(rows).join(', ')}`);
const pool = new ModelPool(runtimeSettings({ workers: 1, threads: count('threads') }));
const taken = await pool.run(async (worker) => {
  await start(worker);
  const taken: { readonly seconds: number; readonly cpu: number }[] = [];
  for (let step = 0; step <= count('repeats'); step++) {
    const [began, cpuBegan] = [performance.now(), process.cpuUsage()];
    await work(worker, step);
    const { user, system } = process.cpuUsage(cpuBegan);
    taken.push({ seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 });
  }
  return taken.slice(1);
});
await pool.close();
const peak_bytes = process.resourceUsage().maxRSS * 1024;
const seconds = taken.map((each) => each.seconds);
const cpu_seconds = taken.map(({ cpu }) => cpu);
process.stdout.write(`${JSON.stringify({ seconds, cpu_seconds, peak_bytes })}\n`);
