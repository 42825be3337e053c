/**
 * A completion drawn token by token. It draws the tokens that a rollout with the same numbers draws, row copies included,
 * because kernels may treat a single row differently.
 */
import { invariant } from '@soar/core';
import type { OpArgs, OpResult } from '../protocol.js';
import type { RolloutUnit } from '../rollout-units.js';
import { parameterFeeds, type Policy } from './policies.js';
import { isTruncated, promptFeeds, requireNumber, samplingFeeds, uniformsOf } from './rollout.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, int64, run, type Feeds } from './tensors.js';

export class TokenStream {
  private readonly uniforms: Float32Array;
  private readonly lengths: BigInt64Array;

  private constructor(
    private readonly policy: Policy,
    private readonly unit: RolloutUnit,
    private readonly sessions: Sessions,
    private readonly promptCaches: Feeds,
    private state: Feeds,
  ) {
    this.uniforms = uniformsOf(unit);
    this.lengths = BigInt64Array.from(unit.rowPrompt, (prompt) => unit.promptLengths[Number(prompt)]!);
  }

  static async open(
    policy: Policy,
    { unit }: OpArgs<'openStream'>,
    sessions: Sessions,
  ): Promise<TokenStream> {
    const { layers, kvHeads, headDim } = policy.config;
    const session = await sessions.get({ graph: 'prompt' }, policy.config);
    const wanted = ['logits', ...cacheNames('prompt_', layers)];
    const outputs = await run(
      session,
      { ...parameterFeeds(policy), ...promptFeeds(unit) },
      Object.fromEntries(wanted.map((name) => [name, null])),
    );
    const { logits, ...caches } = outputs;
    const none = float32(new Float32Array(0), [unit.rowPrompt.length, kvHeads, 0, headDim]);
    const past = Object.fromEntries(cacheNames('past_', layers).map((name) => [name, none]));
    return new TokenStream(policy, unit, sessions, caches, { logits: logits!, ...past });
  }

  async draw({ round }: OpArgs<'drawToken'>): Promise<OpResult<'drawToken'>> {
    const { config } = this.policy;
    const batch = this.unit.rowPrompt.length;
    invariant(round < this.unit.rounds, `round ${round} of ${this.unit.rounds}`);
    const truncated = isTruncated(this.unit.sampling);
    const session = await this.sessions.get({ graph: 'draw', truncated }, config);
    const feeds = {
      ...parameterFeeds(this.policy),
      ...this.promptCaches,
      ...this.state,
      ...samplingFeeds(this.unit.sampling),
      prompt_lengths: int64(this.lengths, [batch]),
      round: int64(BigInt64Array.of(BigInt(round)), []),
      uniforms: float32(this.uniforms.subarray(round * batch, (round + 1) * batch), [batch]),
    };
    const caches = cacheNames('', config.layers);
    const wanted = ['tokens', 'logprobs', 'next_logits', ...caches];
    const outputs = await run(session, feeds, Object.fromEntries(wanted.map((name) => [name, null])));
    this.state = {
      logits: outputs['next_logits']!,
      ...Object.fromEntries(caches.map((name) => [`past_${name}`, outputs[name]!])),
    };
    const logprob = floatsOf(outputs['logprobs']!)[0]!;
    requireNumber(logprob);
    return { token: Number((outputs['tokens']!.data as BigInt64Array)[0]), logprob };
  }
}

function cacheNames(prefix: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => [`${prefix}key.${i}`, `${prefix}value.${i}`]).flat();
}
