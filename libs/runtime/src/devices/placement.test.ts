/** What a device leaves to the CPU, held by a list: nothing else may fall back in silence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placements } from './placement.js';
import { withoutDevice } from '../testing/config.js';

/** Shapes: sizes of dimensions, and what is computed from them. Never large. */
const SHAPES = ['Shape', 'Concat', 'Mul', 'Range', 'Squeeze', 'Unsqueeze', 'Reshape'];
/** Token ids, segments and positions as they come, [rows, time] in int64, for which WebGPU has no kernels. */
const IDS = ['Cast', 'Equal', 'Slice', 'Split', 'Expand', 'Gather'];
/** Where prompts end, a number a prompt. */
const ENDS = ['Add', 'Sub', 'Min', 'ReduceMax'];
/** Whether a token of the cache is padding, a flag a token; and what a row draws, a token a row. */
const CACHE = ['Add', 'LessOrEqual', 'Where'];
/** The order of all tokens of the vocabulary, in int64. Top-k and top-p are for evaluation alone. */
const ORDER = ['Equal', 'Less', 'Or', 'GatherElements'];

const LEFT_TO_THE_CPU: Readonly<
  Record<string, { readonly ops: readonly string[]; readonly copies: number }>
> = {
  score: { ops: [...SHAPES, ...IDS], copies: 1 },
  'score in chunks': { ops: [...SHAPES, ...IDS], copies: 1 },
  embed: { ops: [...SHAPES, ...IDS], copies: 1 },
  gradient: { ops: [...SHAPES, ...IDS], copies: 1 },
  'gradient in chunks': { ops: [...SHAPES, ...IDS], copies: 1 },
  squares: { ops: [], copies: 0 },
  update: { ops: [], copies: 0 },
  prepare: { ops: [], copies: 0 },
  prompt: { ops: [...SHAPES, ...IDS, ...ENDS, ...CACHE], copies: 3 },
  draw: { ops: [...SHAPES, 'Cast', ...CACHE], copies: 3 },
  'draw with top-k': { ops: [...SHAPES, 'Cast', ...CACHE, ...ORDER], copies: 5 },
  settle: { ops: [], copies: 0 },
  'gradient in f16': { ops: [...SHAPES, ...IDS], copies: 1 },
  'draw in f16': { ops: [...SHAPES, 'Cast', ...CACHE], copies: 3 },
};

test(
  'a device leaves shapes and integers to the CPU, and nothing else',
  { skip: withoutDevice() },
  async () => {
    const found = await placements();
    assert.deepEqual(
      found.map(({ graph }) => graph),
      Object.keys(LEFT_TO_THE_CPU),
    );
    for (const { graph, onDevice, onCpu, copiesToHost } of found) {
      const { ops, copies } = LEFT_TO_THE_CPU[graph]!;
      const others = Object.keys(onCpu).filter((op) => !ops.includes(op));
      assert.deepEqual(others, [], `${graph}: falls back to the CPU`);
      assert.ok(copiesToHost <= copies, `${graph}: ${copiesToHost} tensors are copied to the host`);
      assert.ok(onDevice > 0, `${graph}: runs on the device`);
    }
  },
);
