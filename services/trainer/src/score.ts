/**
 * Log-probabilities of given texts, and the most likely tokens in their places. Texts of one padded length are computed
 * together, so that the numbers of a text do not depend on the others of its request.
 */
import type { ScoreRequest } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool, RankedScore } from '@soar/runtime';
import type { Tokenizer } from '@soar/tokenizer';
import type { Model } from './checkpoints.js';

/** Tokens with those beside them in one answer, which has to fit into one message. */
const TOKENS_MAX = 262_144;
/** Padded tokens in a call to a worker: between two calls a request can be cancelled. */
const CALL_TOKENS = 4_096;

export async function score(request: ScoreRequest, model: Model, pool: ModelPool, signal: AbortSignal) {
  const { compute, top } = request;
  const texts = textsOf(request, model);
  const tokens = texts.reduce((sum, { length }) => sum + length, 0);
  if (tokens * (1 + top) > TOKENS_MAX) {
    throw new UserError(
      `${tokens} tokens with ${top} likely ones for each do not fit into one message; send at most ` +
        `${Math.floor(TOKENS_MAX / (1 + top))} tokens in a call`,
      'RESOURCE_EXHAUSTED',
      request.texts.length > 0 ? 'texts' : 'token_ids',
    );
  }
  const { vocabSize } = model.config;
  const settings = { temperature: request.temperature || 1, top: Math.min(vocabSize, Math.max(1, top)) };
  const scores = new Array<RankedScore>(texts.length);
  await pool.run(
    async (worker) => {
      await worker.load(model);
      for (const group of groupsOf(texts, pool.settings.shapes.packedTime)) {
        const own = group.map((i) => texts[i]!);
        const scored = await worker.rankedScore(model.handle, own, settings);
        group.forEach((i, place) => (scores[i] = scored[place]!));
      }
    },
    { signal, compute, short: true },
  );
  return { texts: texts.map((text, i) => describe(text, scores[i]!, top, model.tokenizer)) };
}

/** The tokens of every text. Throws UserError where the model cannot read one. */
function textsOf({ texts, tokenIds }: ScoreRequest, { tokenizer, config }: Model): Int32Array[] {
  const { vocabSize, maxPositionEmbeddings } = config;
  const field = texts.length > 0 ? 'texts' : 'token_ids';
  const all = texts.length > 0 ? texts.map((text) => tokenizer.encode(text, { bos: true })) : tokenIds;
  return all.map((given, i) => {
    const ids = 'ids' in given ? given.ids : given;
    const refuse = (what: string): never => {
      throw new UserError(`${field}[${i}]: ${what}`, 'INVALID_ARGUMENT', field);
    };
    if (ids.length === 0 || ids.length > maxPositionEmbeddings)
      refuse(`${ids.length} tokens, expected 1 to ${maxPositionEmbeddings}, the model's positions`);
    const unknown = ids.find((id) => id >= vocabSize);
    if (unknown !== undefined) refuse(`token ${unknown}, expected ids from 0 to ${vocabSize - 1}`);
    return Int32Array.from(ids);
  });
}

/** Indices of texts of one padded length, in groups of a bounded number of tokens. */
function groupsOf(texts: readonly Int32Array[], multiple: number): number[][] {
  const byLength = new Map<number, number[]>();
  texts.forEach(({ length }, i) => {
    const padded = Math.ceil(length / multiple) * multiple;
    const own = byLength.get(padded);
    if (own === undefined) byLength.set(padded, [i]);
    else own.push(i);
  });
  return [...byLength].flatMap(([padded, all]) => {
    const size = Math.max(1, Math.floor(CALL_TOKENS / padded));
    return Array.from({ length: Math.ceil(all.length / size) }, (_, g) =>
      all.slice(g * size, (g + 1) * size),
    );
  });
}

function describe(text: Int32Array, score: RankedScore, top: number, tokenizer: Tokenizer) {
  const { logprobs, topTokens, topLogprobs } = score;
  const width = topTokens.length / text.length;
  const own = (id: number): string => tokenizer.decode([id], { skipSpecialTokens: false });
  const decoder = tokenizer.streamDecoder({ skipSpecialTokens: true });
  let offset = 0;
  let whole = '';
  const tokens = Array.from(text, (tokenId, t) => {
    const textOffset = offset;
    const added = decoder.push(tokenId);
    whole += added;
    offset += [...added].length;
    if (t === 0) return { tokenId, text: own(tokenId), textOffset };
    const likely = Array.from({ length: Math.min(top, width) }, (_, rank) => {
      const id = topTokens[t * width + rank]!;
      return { tokenId: id, text: own(id), logprob: topLogprobs[t * width + rank]! };
    });
    const logprob = finite(logprobs[t]!);
    return {
      tokenId,
      text: own(tokenId),
      textOffset,
      logprob,
      isGreedy: topTokens[t * width] === tokenId,
      top: likely,
    };
  });
  return { text: whole + decoder.end(), tokens };
}

function finite(logprob: number): number {
  if (Number.isFinite(logprob)) return logprob;
  throw new UserError(
    `scoring: a log-probability is ${logprob}: the model's weights give no finite logits; use another checkpoint`,
    'NOT_FINITE',
  );
}
