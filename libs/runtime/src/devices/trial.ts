/**
 * Work of every kind with one model on one provider: scores, training steps, a rollout of what was trained. Numbers go
 * in that are the same everywhere, so what comes out on a device can be held against the CPU's.
 */
import { parseHfConfig, type Adapter, type DecoderConfig } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import type { TrainingText } from '../protocol.js';
import { planUnits } from '../rollout-units.js';
import type { WorkSettings } from '../settings.js';
import { score } from '../worker/packed.js';
import type { Policies } from '../worker/policies.js';
import { Rollout } from '../worker/rollout.js';
import type { Sessions } from '../worker/sessions.js';
import { trainStep } from '../worker/training.js';
import type { Traffic } from './tensor-memory.js';

/** Where the work is done. The model is the policy `base`. */
export interface TrialSite {
  readonly policies: Policies;
  readonly sessions: Sessions;
  readonly settings: WorkSettings;
}

export interface TrialOptions {
  /** Trains this in place of all weights. */
  readonly adapter?: Adapter;
  readonly steps: number;
  /** With the clip and the KL term of a policy gradient. */
  readonly policyGradient?: boolean;
  /** Tokens that each row draws. */
  readonly drawn: number;
}

export interface TrialResult {
  /** Log-probabilities of the texts before any training. */
  readonly scores: readonly number[];
  /** Loss and norm of the gradient of every step (STEP_NUMBERS). */
  readonly steps: readonly number[];
  /** Tokens drawn by the trained policy row by row, and their log-probabilities. */
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  /** The log-probabilities of these tokens when they are scored. */
  readonly rescored: readonly number[];
  /** What crossed the bus in the last step, and in the rollout. */
  readonly stepTraffic: Traffic;
  readonly rolloutTraffic: Traffic;
}

const LENGTHS = [5, 9, 3, 22, 12, 7];
const STEP_NUMBERS = 2;
const ROWS = 3;
const PROMPT = [1, 5, 6, 7];

export async function trial(config: DecoderConfig, site: TrialSite, how: TrialOptions): Promise<TrialResult> {
  const { policies, sessions, settings } = site;
  const { memory } = sessions;
  const texts = trialTexts(config);
  const tokensOf = texts.map(({ tokens }) => tokens);
  const scored = await score(
    policies.get('base'),
    { handle: 'base', texts: tokensOf, temperature: 1 },
    sessions,
    settings,
  );
  const start = how.adapter && { adapter: how.adapter, seed: 1, path: 'adapter' };
  await policies.clone({ from: 'base', to: 'student', ...(start && { start }) });
  const steps: number[] = [];
  let before = memory.traffic;
  for (let i = 0; i < how.steps; i++) {
    before = memory.traffic;
    const withReference = texts.map((text, k) => ({
      ...text,
      sampledLogprobs: scored[k]!,
      referenceLogprobs: scored[k]!,
      klWeights: text.weights.map((weight) => weight / 10),
    }));
    const { loss, gradientNorm } = await trainStep(
      policies,
      {
        handle: 'student',
        texts: how.policyGradient ? withReference : texts,
        temperature: 1,
        ...(how.policyGradient && { clipEpsilon: 0.2 }),
        kl: how.policyGradient ? 'k3' : 'none',
        optimizer: { ...ADAMW_DEFAULTS, weightDecay: 0.01 },
        learningRate: 1e-2,
      },
      sessions,
      settings,
    );
    steps.push(loss, gradientNorm);
  }
  const stepTraffic = since(before, memory.traffic);
  before = memory.traffic;
  const rows = await draw(config, site, how.drawn);
  const rolloutTraffic = since(before, memory.traffic);
  const drawn = rows.map(({ tokens }) => Int32Array.from([...PROMPT, ...tokens]));
  const rescored = await score(
    policies.get('student'),
    { handle: 'student', texts: drawn, temperature: 1 },
    sessions,
    settings,
  );
  return {
    scores: scored.flatMap((of) => [...of]),
    steps,
    tokens: rows.flatMap(({ tokens }) => tokens),
    logprobs: rows.flatMap(({ logprobs }) => logprobs),
    rescored: rescored.flatMap((of) => [...of.subarray(PROMPT.length)]),
    stepTraffic,
    rolloutTraffic,
  };
}

/** What a row drew. */
interface DrawnRow {
  readonly tokens: number[];
  readonly logprobs: number[];
}

async function draw(
  config: DecoderConfig,
  { policies, sessions, settings }: TrialSite,
  maxNewTokens: number,
): Promise<DrawnRow[]> {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    return { index, path: `row/${index}`, text: [...PROMPT], drawn: 0 };
  });
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens, stopIds: [] };
  const [planned] = planUnits(rows, { seed: 3, sampling }, config, settings.shapes);
  const rollout = new Rollout(policies.get('student'), planned!.unit, sessions, settings);
  const drawn = rows.map((): DrawnRow => ({ tokens: [], logprobs: [] }));
  for (let done = false; !done;) {
    const piece = await rollout.draw();
    done = piece.done;
    drawn.forEach(({ tokens, logprobs }, row) => {
      const [begin, end] = [row * piece.rounds, row * piece.rounds + piece.lengths[row]!];
      tokens.push(...piece.tokens.subarray(begin, end));
      logprobs.push(...piece.logprobs.subarray(begin, end));
    });
  }
  return drawn;
}

/** Texts of several lengths, whose tokens count the same. */
function trialTexts({ vocabSize }: DecoderConfig): TrainingText[] {
  const all = LENGTHS.reduce((a, b) => a + b);
  return LENGTHS.map((length, i) => ({
    tokens: Int32Array.from({ length }, (_, t) => (t === 0 ? 1 : ((i * 7 + t * t) % (vocabSize - 3)) + 3)),
    weights: new Float32Array(length).fill(1 / all),
  }));
}

function since(before: Traffic, now: Traffic): Traffic {
  return {
    toDevice: now.toDevice - before.toDevice,
    fromDevice: now.fromDevice - before.fromDevice,
  };
}

/** Largest differences between two results of the same trial. */
export interface Differences {
  readonly scores: number;
  /** Of the first step, and of all: later ones begin from what the optimizer made of the rounding before. */
  readonly firstStep: number;
  readonly steps: number;
  readonly logprobs: number;
  /** Between what the first drew and its own scores of that. */
  readonly sampler: number;
  /** Whether both drew the same tokens. */
  readonly sameTokens: boolean;
}

export function differences(a: TrialResult, b: TrialResult): Differences {
  const largest = (x: readonly number[], y: readonly number[]): number =>
    x.length === y.length ? Math.max(0, ...x.map((value, i) => Math.abs(value - y[i]!))) : Infinity;
  return {
    scores: largest(a.scores, b.scores),
    firstStep: largest(a.steps.slice(0, STEP_NUMBERS), b.steps.slice(0, STEP_NUMBERS)),
    steps: largest(a.steps, b.steps),
    logprobs: largest(a.logprobs, b.logprobs),
    sampler: largest(a.logprobs, a.rescored),
    sameTokens: a.tokens.length === b.tokens.length && a.tokens.every((token, i) => token === b.tokens[i]),
  };
}

/** A model for trials without a folder: two layers with grouped heads, wide enough for every kernel. */
export const TRIAL_MODEL: DecoderConfig = parseHfConfig(
  {
    model_type: 'llama',
    hidden_act: 'silu',
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 512,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    vocab_size: 64,
    bos_token_id: 1,
    eos_token_id: 2,
  },
  'the model of trials',
);
