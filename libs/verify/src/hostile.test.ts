/**
 * Ten thousand hostile inputs and more: every one gets a verdict, none gets CORRECT, none takes long. The time limit
 * is the service's hard limit of 500 ms; the work is bounded by the operation budget. CPU time is measured, so other
 * programs on the machine do not count.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawsAt, type Draws } from './testing/expressions.js';
import { bombs, GOLDS, randomNoise, sprays } from './testing/hostile.js';
import { parseAnswer, verify } from './verify.js';

const SEED = 20260124;
const INPUTS = 10_000;
const MILLISECONDS_MAX = 500;

/** Milliseconds of CPU time since `started`, which `process.cpuUsage()` returned. */
function millisecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** Judges a response and reports a crash, a false accept, or a long time. */
function attack(gold: string, response: string, label: string): void {
  const started = process.cpuUsage();
  const { verdict } = verify(gold, response);
  const took = millisecondsSince(started);
  assert.notEqual(
    verdict,
    'CORRECT',
    `${label}: accepted ${JSON.stringify(response.slice(0, 300))} for ${gold}`,
  );
  assert.ok(took < MILLISECONDS_MAX, `${label}: ${took} ms for ${JSON.stringify(response.slice(0, 300))}`);
}

/** The text in a box, in a sentence, or as it is. */
function dressed(text: string, draws: Draws): string {
  return draws.pick([`\\boxed{${text}}`, text, `The answer is ${text}.`, `$${text}$`, `\\boxed{${text}`]);
}

test('10,000 inputs of random fragments are judged, and none is right', () => {
  for (let i = 0; i < INPUTS; i++) {
    const draws = drawsAt(SEED, 'noise', i);
    attack(draws.pick(GOLDS), dressed(randomNoise(draws), draws), `seed ${SEED}, noise ${i}`);
  }
});

test('random fragments as gold answers are judged too', () => {
  for (let i = 0; i < INPUTS / 10; i++) {
    const draws = drawsAt(SEED, 'gold', i);
    const [gold, response] = [randomNoise(draws), dressed(randomNoise(draws), draws)];
    const { verdict } = verify(gold, response);
    assert.equal(typeof verdict, 'string');
    assert.equal(typeof parseAnswer(gold).ok, 'boolean');
  }
});

test('bombs of every size are judged in time, as answers and as golds', () => {
  for (const size of [1, 3, 5]) {
    bombs(size).forEach((bomb, i) => {
      const label = `bomb ${i} of size ${size}`;
      for (const gold of GOLDS) attack(gold, `\\boxed{${bomb}}`, label);
      attack(GOLDS[0], bomb, label);
      const started = process.cpuUsage();
      verify(bomb, `\\boxed{${GOLDS[0]}}`);
      assert.ok(millisecondsSince(started) < MILLISECONDS_MAX, `${label} as a gold`);
    });
  }
});

test('the right answer among others, denied, or outside an answer earns nothing', () => {
  for (let i = 0; i < 200; i++) {
    const draws = drawsAt(SEED, 'spray', i);
    const right = String(501 + draws.integer(9000));
    for (const response of sprays(right, draws)) attack(right, response, `seed ${SEED}, spray ${i}`);
  }
});

test('a hostile input gives the same verdict every time', () => {
  for (let i = 0; i < 300; i++) {
    const draws = drawsAt(SEED, 'again', i);
    const [gold, response] = [draws.pick(GOLDS), dressed(randomNoise(draws), draws)];
    assert.deepEqual(verify(gold, response), verify(gold, response));
  }
});
