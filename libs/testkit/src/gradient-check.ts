/**
 * Gradient checks along one seeded direction, in float64 (as JAX does): for f from R^n to R and a random direction d,
 * <grad f, d> must equal (f(x + h d) - f(x - h d)) / 2h. One comparison covers every element; in float64 with h = 1e-5
 * the difference quotient is right to about 1e-10, so a tolerance of 1e-6 leaves no room for a wrong rule.
 */
import assert from 'node:assert/strict';
import { Random } from '@soar/core';
import type { Graph } from '@soar/onnx';
import { evaluate, type Value } from '@soar/reference';

/** Float64 values from a seeded normal distribution. */
export function randomValue(seed: number, shape: readonly number[], scale = 1): Value {
  const random = Random.of(seed).at('value');
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    dtype: 'float32',
    shape,
    data: Float64Array.from({ length: size }, (_, i) => scale * random.normal(i)),
  };
}

/**
 * Checks `graph`, whose output `loss` is a scalar and whose outputs `gradient.<name>` are its gradients, at `feeds`.
 */
export function checkGradients(
  graph: Graph,
  feeds: Readonly<Record<string, Value>>,
  names: readonly string[],
  tolerance = 1e-6,
): void {
  const step = 1e-5;
  const directions = new Map(names.map((name, i) => [name, randomValue(1000 + i, feeds[name]!.shape)]));
  const lossAt = (h: number): number => {
    const moved = names.map((name) => {
      const { data, ...rest } = feeds[name]!;
      return [name, { ...rest, data: data.map((x, i) => x + h * directions.get(name)!.data[i]!) }] as const;
    });
    return evaluate(graph, { ...feeds, ...Object.fromEntries(moved) })['loss']!.data[0]!;
  };
  const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
  const outputs = evaluate(graph, feeds);
  let analytic = 0;
  for (const name of names) {
    const gradient = outputs[`gradient.${name}`]!;
    assert.deepEqual(gradient.shape, feeds[name]!.shape, `the gradient of ${name} has another shape`);
    gradient.data.forEach((g, i) => (analytic += g * directions.get(name)!.data[i]!));
  }
  const scale = Math.max(1, Math.abs(numeric));
  assert.ok(
    Math.abs(analytic - numeric) <= tolerance * scale,
    `gradient along the direction is ${analytic}, finite differences say ${numeric}`,
  );
}
