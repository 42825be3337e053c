import assert from 'node:assert/strict';
import { test } from 'node:test';
import { philox4x32, Random } from './random.js';

test('philox4x32-10 gives the known answers of the Random123 distribution', () => {
  // Source: kat_vectors of Random123 1.14 (Salmon et al.), philox4x32 10 rounds.
  const out = new Uint32Array(4);
  philox4x32(0, 0, 0, 0, 0, 0, out);
  assert.deepEqual([...out], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const all = 0xffffffff;
  philox4x32(all, all, all, all, all, all, out);
  assert.deepEqual([...out], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  philox4x32(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
  assert.deepEqual([...out], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

test('equal addresses give equal numbers and siblings differ', () => {
  const a = Random.of(7).at('rollout', 3, 1);
  const b = Random.of(7).at('rollout').at(3).at(1);
  assert.equal(a.uint32(5), b.uint32(5));
  assert.notEqual(a.uint32(5), Random.of(7).at('rollout', 1, 3).uint32(5));
  assert.notEqual(Random.of(7).at('ab', 'c').uint32(0), Random.of(7).at('a', 'bc').uint32(0));
});

test('the order of draws does not matter', () => {
  const r = Random.of(1).at('x');
  const forward = [0, 1, 2, 3, 4].map((i) => r.uniform(i));
  const backward = [4, 3, 2, 1, 0].map((i) => r.uniform(i)).reverse();
  assert.deepEqual(forward, backward);
});

test('uniforms are below 1 as float32, with the mean and variance of U(0, 1)', () => {
  const r = Random.of(2).at('uniform');
  let sum = 0;
  let squares = 0;
  const count = 40_000;
  for (let i = 0; i < count; i++) {
    const u = r.uniform(i);
    assert.ok(u >= 0 && Math.fround(u) < 1);
    sum += u;
    squares += u * u;
  }
  assert.ok(Math.abs(sum / count - 0.5) < 0.006);
  assert.ok(Math.abs(squares / count - 1 / 3) < 0.006);
});

test('normals have mean 0 and variance 1', () => {
  const r = Random.of(3).at('normal');
  let sum = 0;
  let squares = 0;
  const count = 40_000;
  for (let i = 0; i < count; i++) {
    const z = r.normal(i);
    sum += z;
    squares += z * z;
  }
  assert.ok(Math.abs(sum / count) < 0.02);
  assert.ok(Math.abs(squares / count - 1) < 0.03);
});

test('integers cover their range evenly and permutations are permutations', () => {
  const r = Random.of(4).at('integer');
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[r.integer(i, 5)]!++;
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 200);
  assert.deepEqual(
    r.permutation(50).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test('an address refuses fractions and negative numbers', () => {
  assert.throws(() => Random.of(1.5), RangeError);
  assert.throws(() => Random.of(1).at(-1), RangeError);
});
