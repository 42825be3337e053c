/** Runs a rollout unit: random numbers by address in, completions of the rows that are meant out. */
import { Random, UserError } from '@soar/core';
import { requireRoom, rolloutBytes } from '../memory.js';
import type { OpArgs, RolloutResult } from '../protocol.js';
import type { RolloutUnit, SamplingSettings } from '../rollout-units.js';
import type { JobSettings } from '../settings.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, int64, run, scalar, type Feeds } from './tensors.js';

export async function rollout(
  policy: Policy,
  { unit }: OpArgs<'rollout'>,
  sessions: Sessions,
  settings: JobSettings,
): Promise<RolloutResult> {
  const batch = unit.rowPrompt.length;
  const { rounds, promptTime } = unit;
  const prompts = unit.promptLengths.length;
  requireRoom(
    rolloutBytes(policy.config, { prompts, promptTime, rows: batch, rounds }),
    settings.memoryBytesMax,
    `sampling ${batch} rows of ${promptTime} + ${rounds} tokens`,
    'lower max_new_tokens, or use fewer workers',
  );
  const session = await sessions.get(
    { graph: 'rollout', truncated: isTruncated(unit.sampling) },
    policy.config,
  );
  const feeds = {
    ...(await weightFeeds(policy.parameters, sessions)),
    ...promptFeeds(unit),
    ...samplingFeeds(unit.sampling),
    uniforms: float32(uniformsOf(unit), [rounds, batch]),
    stop_ids: int64(stopIds(unit.sampling), [Math.max(1, unit.sampling.stopIds.length)]),
  };
  const outputs = await run(session, feeds, { tokens: null, logprobs: null, lengths: null });
  const drawn = outputs['tokens']!.data as BigInt64Array; // [drawn rounds, batch]
  const logprobs = floatsOf(outputs['logprobs']!);
  const lengths = outputs['lengths']!.data as BigInt64Array;
  const meant = unit.paths.length;
  const drawnRounds = outputs['tokens']!.dims[0]!;
  const result = {
    rounds: drawnRounds,
    tokens: new Int32Array(meant * drawnRounds),
    logprobs: new Float32Array(meant * drawnRounds),
    lengths: Int32Array.from({ length: meant }, (_, row) => Number(lengths[row])),
  };
  for (let row = 0; row < meant; row++) {
    for (let t = 0; t < result.lengths[row]!; t++) {
      const logprob = logprobs[t * batch + row]!;
      requireNumber(logprob);
      result.tokens[row * drawnRounds + t] = Number(drawn[t * batch + row]);
      result.logprobs[row * drawnRounds + t] = logprob;
    }
  }
  return result;
}

/** Whether the graph with top-k and top-p is needed; the other is faster. */
export function isTruncated({ topK, topP, temperature }: SamplingSettings): boolean {
  return temperature > 0 && (topK > 0 || (topP > 0 && topP < 1));
}

export function promptFeeds(unit: RolloutUnit): Feeds {
  const prompts = unit.promptLengths.length;
  return {
    prompt_ids: int64(unit.promptIds, [prompts, unit.promptTime]),
    prompt_lengths: int64(unit.promptLengths, [prompts]),
    row_prompt: int64(unit.rowPrompt, [unit.rowPrompt.length]),
  };
}

export function samplingFeeds(sampling: SamplingSettings): Feeds {
  const { temperature, topK, topP } = sampling;
  if (!isTruncated(sampling)) return { temperature: scalar(temperature) };
  return {
    temperature: scalar(temperature),
    top_k: int64(BigInt64Array.of(BigInt(topK)), []),
    top_p: scalar(topP === 0 ? 1 : topP),
  };
}

/** Never an empty list, which not every kernel takes; -1 is no token. */
function stopIds({ stopIds }: SamplingSettings): BigInt64Array {
  return BigInt64Array.from(stopIds.length === 0 ? [-1n] : stopIds.map(BigInt));
}

/** [rounds, batch]; padding rows repeat the first row's numbers, so that they end when it ends. */
export function uniformsOf(unit: RolloutUnit): Float32Array {
  const batch = unit.rowPrompt.length;
  const uniforms = new Float32Array(unit.rounds * batch);
  if (unit.sampling.temperature === 0) return uniforms;
  const root = Random.of(unit.seed);
  const meant = unit.paths.length;
  unit.paths.forEach((path, row) => {
    const own = root.at(...path.split('/'));
    for (let t = 0; t < unit.rounds; t++) uniforms[t * batch + row] = own.uniform(unit.drawn + t);
  });
  for (let t = 0; t < unit.rounds; t++) {
    uniforms.fill(uniforms[t * batch]!, t * batch + meant, (t + 1) * batch);
  }
  return uniforms;
}

export function requireNumber(logprob: number): void {
  if (Number.isFinite(logprob)) return;
  throw new UserError(
    `sampling: a log-probability is ${logprob}: the model's weights give no finite logits. ` +
      'Lower the learning rate, or use another checkpoint',
    'NOT_FINITE',
  );
}
