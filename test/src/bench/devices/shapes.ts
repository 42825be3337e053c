/**
 * The models of `npm run bench:devices`: published shapes (SmolLM2-135M, Llama-3.2-1B and 3B, without the scaling of
 * their rotary positions) and a tiny one, with random weights in bfloat16. Speed does not depend on the values. The
 * script in PyTorch reads the same file.
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@soar/core';
import { encodeHeader, parameterSpecs, parseHfConfig, type DecoderConfig } from '@soar/model';
import { WEIGHTS_FILE } from '@soar/runtime';
import { repositoryRoot } from '../../repository-root.js';

const shapes = JSON.parse(
  readFileSync(join(repositoryRoot, 'test/bench-models/device-shapes.json'), 'utf8'),
) as Readonly<Record<string, unknown>>;

export const SHAPES: readonly string[] = Object.keys(shapes);

export function configOf(shape: string): DecoderConfig {
  return parseHfConfig(shapes[shape], shape);
}

/** Prime, so that rows of a matrix differ although its numbers repeat. */
const PATTERN = 65_521;
const BF16_ONE = 0x3f80;
const WEIGHT_MAX = 0.035;
const PIECE = PATTERN * 64;

/** Writes a model folder of this shape. */
export function writeModel(shape: string, folder: string): void {
  const specs = parameterSpecs(configOf(shape));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(shapes[shape]));
  const file = openSync(join(folder, WEIGHTS_FILE), 'w');
  try {
    writeSync(file, encodeHeader(specs.map(({ name, shape }) => ({ name, shape, dtype: 'BF16' as const }))));
    const noise = repeated(bfloat16(Random.of(1).at('bench-devices')));
    const ones = new Uint16Array(PIECE).fill(BF16_ONE);
    for (const { shape, role } of specs) {
      const source = role === 'norm' ? ones : noise;
      const size = shape.reduce((a, b) => a * b, 1);
      for (let left = size; left > 0; left -= PIECE) {
        writeWhole(file, new Uint8Array(source.buffer, 0, 2 * Math.min(left, PIECE)));
      }
    }
  } finally {
    closeSync(file);
  }
}

/** The operating system may take less than it was given. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Uniform numbers around 0; bfloat16 is the upper half of a float32. */
function bfloat16(random: Random): Uint16Array {
  const values = Float32Array.from({ length: PATTERN }, (_, i) => (2 * random.uniform(i) - 1) * WEIGHT_MAX);
  return Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
}

function repeated(pattern: Uint16Array): Uint16Array {
  const piece = new Uint16Array(PIECE);
  for (let at = 0; at < PIECE; at += pattern.length) piece.set(pattern, at);
  return piece;
}
