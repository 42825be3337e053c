/**
 * `npm run bench:against-pytorch -- MODEL OUT PROVIDER PRECISION`: scores a text, decodes greedily and
 * takes two steps with LoRA, with a model of a folder. Writes OUT/<provider>-<precision>.json, and the adapter that the
 * steps begin with as OUT/adapter. test/bench-models/against-pytorch.py does the same in PyTorch and compares.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { newAdapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import {
  ModelPool,
  PRECISIONS,
  PROVIDERS,
  readModelConfig,
  runtimeSettings,
  type ModelWorker,
} from '@soar/runtime';
import { Tokenizer } from '@soar/tokenizer';

const [folder = '', out = '', givenProvider, givenPrecision] = process.argv.slice(2);
const provider = PROVIDERS.find((known) => known === givenProvider) ?? 'cpu';
const precision = PRECISIONS.find((known) => known === givenPrecision) ?? 'f32';

const TEXTS = [
  'A train leaves at nine in the morning and arrives at a quarter past eleven. The journey takes two hours and ' +
    'fifteen minutes, which is one hundred and thirty-five minutes.',
  'The capital of France is Paris, and the river that runs through it is the Seine.',
];
const PROMPT = 'The capital of France is';
const NEW_TOKENS = 16;
const RANK = 8;
const STEPS = 2;
const LEARNING_RATE = 1e-3;

interface Step {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly seconds: number;
  readonly toDevice: number;
  readonly fromDevice: number;
}

async function timed<T>(what: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const from = performance.now();
  const value = await what();
  return { value, seconds: (performance.now() - from) / 1000 };
}

async function steps(worker: ModelWorker, texts: readonly Int32Array[]): Promise<Step[]> {
  const all = texts.reduce((sum, { length }) => sum + length - 1, 0);
  const weighted = texts.map((tokens) => ({
    tokens,
    weights: new Float32Array(tokens.length).fill(1 / all, 1),
  }));
  const taken: Step[] = [];
  for (let i = 0; i < STEPS; i++) {
    const before = await worker.traffic();
    const { value, seconds } = await timed(() =>
      worker.trainStep({
        handle: 'student',
        texts: weighted,
        temperature: 1,
        kl: 'none',
        optimizer: { ...ADAMW_DEFAULTS, weightDecay: 0 },
        learningRate: LEARNING_RATE,
      }),
    );
    const after = await worker.traffic();
    const { loss, gradientNorm } = value;
    const toDevice = after.toDevice - before.toDevice;
    taken.push({ loss, gradientNorm, seconds, toDevice, fromDevice: after.fromDevice - before.fromDevice });
  }
  return taken;
}

async function work(worker: ModelWorker) {
  const config = readModelConfig(folder);
  const tokenizer = await Tokenizer.fromFolder(folder);
  const texts = TEXTS.map((text) => Int32Array.from(tokenizer.encode(text, { bos: false })));
  const loaded = await timed(() => worker.load({ handle: 'base', folder }));
  const scored = await timed(() => worker.score('base', texts, 1));
  const prompt = tokenizer.encode(PROMPT, { bos: false });
  const sampling = { temperature: 0, topK: 0, topP: 1, maxNewTokens: NEW_TOKENS, stopIds: [] };
  const request = { prompts: [prompt], rows: [{ prompt: 0, path: 'greedy' }], seed: 1, sampling };
  const drawn = await timed(() => worker.sample('base', request, config));
  const greedy = drawn.value[0]!;
  const whole = Int32Array.from([...prompt, ...greedy.tokens]);
  const [rescored] = await worker.score('base', [whole], 1);
  const apart = greedy.logprobs.map((logprob, i) => Math.abs(logprob - rescored![prompt.length + i]!));
  const adapter = newAdapter(config, { rank: RANK, alpha: 2 * RANK, rslora: false, targets: [] }, 'adapter');
  await worker.clone('base', 'student', { adapter, seed: 1, path: 'adapter' });
  // Of the first run; the others begin with the same bits.
  const start = join(out, 'adapter');
  if (!existsSync(start)) {
    mkdirSync(start, { recursive: true });
    await worker.save('student', start);
  }
  return {
    texts: texts.map((tokens) => [...tokens]),
    logprobs: scored.value.map((of) => [...of]),
    prompt: [...prompt],
    greedy: [...greedy.tokens],
    /** The most that what was drawn differs from its own scores. */
    sampler: Math.max(...apart),
    greedyText: tokenizer.decode([...greedy.tokens], { skipSpecialTokens: false }),
    learningRate: LEARNING_RATE,
    steps: await steps(worker, texts),
    seconds: { load: loaded.seconds, score: scored.seconds, greedy: drawn.seconds },
    devicePeakBytes: await worker.devicePeak(),
  };
}

mkdirSync(out, { recursive: true });
const pool = new ModelPool(
  runtimeSettings({ workers: 1, threads: availableParallelism(), provider, precision }),
);
try {
  const result = await pool.run(work, {});
  const name = `${provider}-${precision}`;
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify({ name, ...result }, null, 1)}\n`);
} finally {
  await pool.close();
}
