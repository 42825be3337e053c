/** Scores texts and looks at the most likely tokens beside theirs, in the packed rows of scoring (packed.ts). */
import { predictionsOf } from '@soar/training';
import type { OpArgs, RankedScore } from '../protocol.js';
import type { WorkSettings } from '../settings.js';
import { pack, predictionFeeds, tokenFeeds, unrolled, unweighted } from './packed.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { floatsOf, run, scalar } from './tensors.js';

export async function rankedScore(
  policy: Policy,
  { texts, temperature, top }: OpArgs<'rankedScore'>,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<RankedScore[]> {
  const batch = pack(policy, unweighted(texts), settings, false);
  const size = batch.rows * batch.time;
  const whole = emptyScore(batch.microBatches * size, top);
  const fixed = { ...(await weightFeeds(policy.parameters, sessions)), temperature: scalar(temperature) };
  const wanted = { logprobs: null, top_tokens: null, top_logprobs: null };
  for (let i = 0; i < batch.microBatches; i++) {
    const predictions = predictionsOf(batch, i, { chunkMax: settings.shapes.headTokens, counting: [] });
    if (predictions.count === 0) continue; // texts of one token, which nothing predicts
    const kind = { graph: 'ranked score', top, ...unrolled(sessions, predictions.chunks) } as const;
    const session = await sessions.get(kind, policy.parameters);
    const found = await run(
      session,
      { ...fixed, ...tokenFeeds(batch, i), ...predictionFeeds(predictions) },
      wanted,
    );
    const logprobs = floatsOf(found['logprobs']!);
    const tokens = found['top_tokens']!.data as BigInt64Array;
    const likely = floatsOf(found['top_logprobs']!);
    for (let k = 0; k < predictions.count; k++) {
      const at = i * size + Number(predictions.places[k]) + 1;
      whole.logprobs[at] = logprobs[k]!;
      for (let rank = 0; rank < top; rank++) {
        whole.topTokens[at * top + rank] = Number(tokens[k * top + rank]);
        whole.topLogprobs[at * top + rank] = likely[k * top + rank]!;
      }
    }
  }
  return texts.map(({ length }, i) => {
    const [from, to] = [batch.offsets[i]!, batch.offsets[i]! + length];
    return {
      logprobs: whole.logprobs.slice(from, to),
      topTokens: whole.topTokens.slice(from * top, to * top),
      topLogprobs: whole.topLogprobs.slice(from * top, to * top),
    };
  });
}

function emptyScore(size: number, top: number): RankedScore {
  return {
    logprobs: new Float32Array(size),
    topTokens: new Int32Array(size * top),
    topLogprobs: new Float32Array(size * top),
  };
}
