import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { requireFinite } from './hf/finite.js';
import { initialParameters } from './initial-parameters.js';
import type { DecoderConfig } from './decoder-config.js';

const config: DecoderConfig = {
  vocabSize: 40,
  hiddenSize: 32,
  intermediateSize: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  rotary: { theta: 1e4 },
  rmsNormEps: 1e-5,
  tieWordEmbeddings: true,
  maxPositionEmbeddings: 64,
  eosTokenIds: [],
};

test('matrices are normal, residual projections narrower by sqrt(2 layers), norms 1', () => {
  const parameters = initialParameters(config, Random.of(3), { std: 0.1 });
  const deviation = (name: string): number => {
    const { data } = parameters.find((p) => p.name.endsWith(name))!;
    return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  };
  assert.ok(Math.abs(deviation('embed_tokens.weight') - 0.1) < 0.01);
  assert.ok(Math.abs(deviation('layers.1.mlp.down_proj.weight') - 0.05) < 0.005);
  assert.equal(deviation('model.norm.weight'), 1);
});

test('the same address gives the same parameters', () => {
  const one = initialParameters(config, Random.of(3));
  assert.deepEqual(initialParameters(config, Random.of(3)), one);
  assert.notDeepEqual(initialParameters(config, Random.of(4)), one);
});

test('values that are not finite are named', () => {
  requireFinite(Float32Array.of(1, 3e38, 3e38, -1e38), 'w', 'm');
  assert.throws(() => requireFinite(Float32Array.of(1, NaN), 'w', 'm'), /m: tensor w: element 1 is NaN/);
  assert.throws(
    () => requireFinite(Float32Array.of(-Infinity, Infinity), 'w', 'm'),
    /element 0 is -Infinity/,
  );
});
