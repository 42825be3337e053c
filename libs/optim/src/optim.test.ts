/**
 * AdamW, clipping and schedules against numbers worked out by hand, in float64. The whole step against PyTorch is in
 * libs/training.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '@soar/onnx';
import { evaluate, value, type Value } from '@soar/reference';
import { ADAMW_DEFAULTS, adamw, adamwScalars, clipScale, declareScalars, globalNorm } from './adamw.js';
import { learningRateAt } from './schedule.js';

const close = (got: number, expected: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
const scalar = (x: number): Value => value('float32', [], [x]);

/** One update of a parameter of the given shape, all of whose elements are alike. */
function update(
  shape: number[],
  { parameter, gradient, m, v }: { parameter: number; gradient: number; m: number; v: number },
  scalars: ReturnType<typeof adamwScalars>,
): Record<'parameter' | 'm' | 'v', number> {
  const graph = new Graph('adamw');
  const input = (name: string) => graph.input(name, 'float32', shape);
  const state = { parameter: input('parameter'), m: input('m'), v: input('v') };
  const next = adamw(state, input('gradient'), declareScalars(graph));
  for (const [name, tensor] of Object.entries(next)) graph.output(name, tensor);
  const fill = (x: number): Value =>
    value('float32', shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(x));
  const out = evaluate(graph, {
    parameter: fill(parameter),
    gradient: fill(gradient),
    m: fill(m),
    v: fill(v),
    ...Object.fromEntries(Object.entries(scalars).map(([name, x]) => [name, scalar(x)])),
  });
  return { parameter: out['parameter']!.data[0]!, m: out['m']!.data[0]!, v: out['v']!.data[0]! };
}

test('two updates are those of the formula, worked out by hand', () => {
  const config = { ...ADAMW_DEFAULTS, beta1: 0.5, beta2: 0.75, epsilon: 0, weightDecay: 0 };
  const first = update([2], { parameter: 1, gradient: 2, m: 0, v: 0 }, adamwScalars(config, 0.1, 1));
  // m = 1, v = 1; corrected 2 and 4: a step of 0.1 * 2 / 2.
  close(first.m, 1);
  close(first.v, 1);
  close(first.parameter, 0.9);
  const second = update([2], { ...first, gradient: -2 }, adamwScalars(config, 0.1, 2));
  // m = -0.5, v = 1.75; corrected by 1/0.75 and 1/0.4375: -2/3 over 2.
  close(second.m, -0.5);
  close(second.v, 1.75);
  close(second.parameter, 0.9 + 0.1 / 3);
});

test('decay pulls matrices towards zero and leaves vectors alone', () => {
  const scalars = adamwScalars({ ...ADAMW_DEFAULTS, weightDecay: 0.5 }, 0.1, 1);
  const still = { parameter: 1, gradient: 0, m: 0, v: 0 };
  close(update([2, 2], still, scalars).parameter, 1 - 0.1 * 0.5);
  close(update([4], still, scalars).parameter, 1);
});

test('the decays lose no digits to float32', () => {
  const { one_minus_beta2: rate, correction2 } = adamwScalars(ADAMW_DEFAULTS, 1, 1);
  close(Math.fround(rate), 0.001, 1e-10);
  close(correction2, 1000, 1e-9);
});

test('clips by global norm: over all gradients together, and only above the limit', () => {
  const graph = new Graph('clip');
  const a = graph.input('a', 'float32', [2]);
  const b = graph.input('b', 'float32', [1, 1]);
  const norm = globalNorm([a, b]);
  graph.output('norm', norm);
  graph.output('scale', clipScale(norm, graph.input('limit', 'float32', [])));
  const at = (limit: number) =>
    evaluate(graph, {
      a: value('float32', [2], [2, 3]),
      b: value('float32', [1, 1], [6]),
      limit: scalar(limit),
    });
  close(at(1)['norm']!.data[0]!, 7);
  close(at(1)['scale']!.data[0]!, 1 / 7);
  assert.equal(at(7)['scale']!.data[0], 1, 'a norm at the limit is not scaled');
  assert.equal(at(0)['scale']!.data[0], 1, '0 does not clip');
});

test('schedules: warm-up is never 0, cosine is half way at the middle, nothing follows the horizon', () => {
  const base = { learningRate: 1, warmupSteps: 0, horizonSteps: 10 };
  const cosine = { ...base, schedule: 'cosine' } as const;
  close(learningRateAt(cosine, 0), 1);
  close(learningRateAt(cosine, 5), 0.5);
  close(learningRateAt(cosine, 10), 0);
  close(learningRateAt(cosine, 99), 0);
  close(learningRateAt({ ...base, schedule: 'linear' }, 4), 0.6);
  assert.equal(learningRateAt({ ...base, schedule: 'constant' }, 99), 1);
  const warm = { ...base, schedule: 'cosine', warmupSteps: 4, horizonSteps: 14 } as const;
  close(learningRateAt(warm, 0), 0.2);
  close(learningRateAt(warm, 3), 0.8);
  close(learningRateAt(warm, 4), 1);
  close(learningRateAt(warm, 9), 0.5);
});
