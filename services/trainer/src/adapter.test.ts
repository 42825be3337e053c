import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdapterConfigSchema, create } from '@soar/contracts';
import type { DecoderConfig } from '@soar/model';
import { adapterStart } from './adapter.js';

/** SmolLM2-135M's shape, and one of a few parameters. */
const large: DecoderConfig = {
  vocabSize: 49_152,
  hiddenSize: 576,
  intermediateSize: 1536,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  rotary: { theta: 1e5 },
  rmsNormEps: 1e-5,
  tieWordEmbeddings: true,
  maxPositionEmbeddings: 8192,
  eosTokenIds: [2],
};
const small = { ...large, layers: 1, vocabSize: 100 };

function startOf(config: DecoderConfig, asked?: Parameters<typeof create<typeof AdapterConfigSchema>>[1]) {
  const base = { ref: { key: 'models/base', sha256: 'a' }, config };
  const address = { seed: 3, path: 'step/0' };
  return adapterStart(asked && create(AdapterConfigSchema, asked), base, address, 'adapter');
}

test('large models train an adapter of rank 16 on every linear layer, small ones their weights', () => {
  const { adapter, seed, path } = startOf(large)!;
  assert.deepEqual([seed, path], [3, 'step/0/adapter']);
  assert.deepEqual([adapter.rank, adapter.alpha, adapter.rslora], [16, 32, false]);
  assert.equal(adapter.layers.length, 7 * 30);
  assert.equal(startOf(small), undefined);
});

test('a request decides whatever the size', () => {
  assert.equal(startOf(large, { rank: 0 }), undefined);
  assert.equal(startOf(small, {})!.adapter.rank, 16);
  const { adapter } = startOf(small, { rank: 4, alpha: 2, rslora: true, targets: ['v_proj', 'q_proj'] })!;
  const layers = ['q_proj', 'v_proj'].map((kind) => `model.layers.0.self_attn.${kind}`);
  assert.deepEqual(adapter, { rank: 4, alpha: 2, rslora: true, layers });
});
