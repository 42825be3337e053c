/** Embeddings of texts: the mean of a model's final hidden states over each text's tokens. */
import type { EmbedRequest } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool } from '@soar/runtime';
import type { Model } from './checkpoints.js';

/** Numbers in one answer, which has to fit into one message. */
const VALUES_MAX = 8_388_608;
/** Numbers that a worker holds at a time, over all tokens of the texts that it reads together. */
const STATES_MAX = 16_777_216;

export async function embed(
  { texts, compute }: EmbedRequest,
  model: Model,
  pool: ModelPool,
  signal: AbortSignal,
) {
  const { hiddenSize, maxPositionEmbeddings } = model.config;
  if (texts.length * hiddenSize > VALUES_MAX) {
    throw new UserError(
      `${texts.length} texts x ${hiddenSize} numbers do not fit into one message; ` +
        `send at most ${Math.floor(VALUES_MAX / hiddenSize)} texts in a call`,
      'RESOURCE_EXHAUSTED',
      'texts',
    );
  }
  const tokens = texts.map((text, i) => {
    const ids = model.tokenizer.encode(text, { bos: true });
    if (ids.length === 0 || ids.length > maxPositionEmbeddings) {
      throw new UserError(
        `texts[${i}]: ${ids.length} tokens, expected 1 to ${maxPositionEmbeddings}, the model's positions`,
        'INVALID_ARGUMENT',
        'texts',
      );
    }
    return Int32Array.from(ids);
  });
  const embedded = await pool.run(
    async (worker) => {
      await worker.load(model);
      const all: Float32Array[] = [];
      for (const group of groupsOf(tokens, Math.max(maxPositionEmbeddings, STATES_MAX / hiddenSize)))
        all.push(...(await worker.embed(model.handle, group)));
      return all;
    },
    { signal, compute, short: true },
  );
  return { embeddings: embedded.map((values) => ({ values: [...values] })) };
}

/** Neighbouring texts together, with at most `tokensMax` tokens in all; no text is longer. */
function groupsOf(texts: readonly Int32Array[], tokensMax: number): Int32Array[][] {
  const groups: Int32Array[][] = [];
  let room = 0;
  for (const text of texts) {
    if (text.length > room) {
      groups.push([]);
      room = tokensMax;
    }
    groups.at(-1)!.push(text);
    room -= text.length;
  }
  return groups;
}
