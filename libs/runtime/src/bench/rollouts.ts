/** Rollouts with the loop inside the graph against the same model driven token by token from JavaScript. */
import { Random } from '@soar/core';
import { drawGraph, promptGraph, rolloutGraph } from '@soar/model';
import { encodeModel, type Graph } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { weightFeeds } from '../worker/parameters.js';
import { Sessions } from '../worker/sessions.js';
import { float32, int64, scalar, type Feeds, type Tensor } from '../worker/tensors.js';
import { bestMs, ONE_THREAD } from './gemm.js';
import { configOf, forwardFlops, randomParameters } from './model.js';

const ROWS = 128;
const PROMPTS = 8;
const PROMPT_TIME = 24;
const ROUNDS = 48;

export interface RolloutRates {
  readonly graphTokensPerSecond: number;
  readonly steppedTokensPerSecond: number;
  readonly gflops: number;
}

export async function rolloutRates(width: number): Promise<RolloutRates> {
  const config = configOf(width);
  const make = (graph: Graph) => InferenceSession.create(encodeModel(graph), ONE_THREAD);
  const [whole, prompt, draw] = await Promise.all([
    make(rolloutGraph(config, { truncated: false })),
    make(promptGraph(config)),
    make(drawGraph(config, { truncated: false })),
  ]);
  const weights = await weightFeeds(randomParameters(config), new Sessions('cpu'));
  const random = Random.of(3).at('bench-rollout');
  const uniforms = Float32Array.from({ length: ROUNDS * ROWS }, (_, i) => random.uniform(i));
  const ids = (values: number[], shape: number[]): Tensor => int64(BigInt64Array.from(values, BigInt), shape);
  const prompts: Feeds = {
    prompt_ids: ids(
      Array.from({ length: PROMPTS * PROMPT_TIME }, (_, i) => 2 + (i % 18)),
      [PROMPTS, PROMPT_TIME],
    ),
    prompt_lengths: ids(Array<number>(PROMPTS).fill(PROMPT_TIME), [PROMPTS]),
    row_prompt: ids(
      Array.from({ length: ROWS }, (_, i) => i % PROMPTS),
      [ROWS],
    ),
  };
  const rolloutFeeds = {
    ...weights,
    ...prompts,
    uniforms: float32(uniforms, [ROUNDS, ROWS]),
    stop_ids: ids([-1], [1]),
    temperature: scalar(1),
  };
  const stepped = () => driveSteps(prompt, draw, { ...weights, ...prompts }, weights, uniforms);
  const graphMs = await bestMs(5, () => whole.run(rolloutFeeds));
  const steppedMs = await bestMs(5, stepped);
  const tokens = ROWS * ROUNDS;
  const total = PROMPT_TIME + ROUNDS;
  const flops =
    ROWS * (forwardFlops(config, total) - forwardFlops(config, PROMPT_TIME)) +
    PROMPTS * forwardFlops(config, PROMPT_TIME);
  return {
    graphTokensPerSecond: (1000 * tokens) / graphMs,
    steppedTokensPerSecond: (1000 * tokens) / steppedMs,
    gflops: flops / graphMs / 1e6,
  };
}

/** One run per token; caches go out and in as tensors, without a copy in JavaScript. */
async function driveSteps(
  prompt: InferenceSession,
  draw: InferenceSession,
  promptFeeds: Feeds,
  weights: Feeds,
  uniforms: Float32Array,
): Promise<void> {
  let state = await prompt.run(promptFeeds);
  for (let round = 0; round < ROUNDS; round++) {
    const {
      tokens: _,
      logprobs: __,
      ...next
    } = await draw.run({
      ...weights,
      ...Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`past_${name}`, tensor])),
      positions: int64(new BigInt64Array(ROWS).fill(BigInt(PROMPT_TIME + round)), [ROWS]),
      uniforms: float32(uniforms.slice(round * ROWS, (round + 1) * ROWS), [ROWS]),
      temperature: scalar(1),
    });
    state = next;
  }
}
