/**
 * A completion drawn token by token. It draws the tokens that a rollout with the same numbers draws, row copies
 * included, because kernels may treat a single row differently.
 */
import { invariant } from '@soar/core';
import { contextNames } from '@soar/model';
import type { OpArgs, OpResult } from '../protocol.js';
import type { RolloutUnit } from '../rollout-units.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
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
    /** Outputs of the last round, which the next one takes as `past_*`. */
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
    const session = await sessions.get({ graph: 'prompt' }, policy.config);
    const feeds = { ...(await weightFeeds(policy.parameters, sessions)), ...promptFeeds(unit) };
    return new TokenStream(policy, unit, sessions, await run(session, feeds, fetches(stateNames(policy))));
  }

  async draw({ round }: OpArgs<'drawToken'>): Promise<OpResult<'drawToken'>> {
    const batch = this.unit.rowPrompt.length;
    invariant(round < this.unit.rounds, `round ${round} of ${this.unit.rounds}`);
    const truncated = isTruncated(this.unit.sampling);
    const session = await this.sessions.get({ graph: 'draw', truncated }, this.policy.config);
    const feeds = {
      ...(await weightFeeds(this.policy.parameters, this.sessions)),
      ...Object.fromEntries(Object.entries(this.state).map(([name, value]) => [`past_${name}`, value])),
      ...samplingFeeds(this.unit.sampling),
      positions: int64(
        this.lengths.map((length) => length + BigInt(round)),
        [batch],
      ),
      uniforms: float32(this.uniforms.subarray(round * batch, (round + 1) * batch), [batch]),
    };
    const wanted = ['tokens', 'logprobs', ...stateNames(this.policy)];
    const { tokens, logprobs, ...state } = await run(session, feeds, fetches(wanted));
    this.state = state;
    const logprob = floatsOf(logprobs!)[0]!;
    requireNumber(logprob);
    return { token: Number((tokens!.data as BigInt64Array)[0]), logprob };
  }
}

/** The state that a round passes to the next. */
function stateNames({ config }: Policy): string[] {
  return ['logits', ...contextNames(config)];
}

function fetches(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}
