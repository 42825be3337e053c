/** The size and the sameness of what Plot draws. */
import * as Plot from '@observablehq/plot';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw, relative } from './drawing.js';

test('a path has relative steps of one decimal, and steps that go straight on are one', () => {
  assert.equal(relative('M0,0L10.04,0L20,0L20,-5.55L30,4'), 'M0,0h20v-5.5l10,9.5');
  assert.equal(relative('M0.44,1L1,2ZM5,5L6,5L4,5'), 'M.4,1l.6,1ZM5,5h1h-2');
  assert.equal(relative('M0,0C1,2,3,4,5,6'), 'M0,0C1,2,3,4,5,6');
});

test('rounding does not add up: every point is within half a tenth of where it belongs', () => {
  const points = Array.from({ length: 300 }, (_, i) => [i * 1.26, 50 + 40 * Math.sin(i / 7)] as const);
  const path = relative(`M${points.map((point) => point.join(',')).join('L')}`);
  let [x, y] = [0, 0];
  const ends = [...path.matchAll(/([Mlhv])(-?[\d.]+)(?:,?(-?[\d.]+))?/g)].map(([, command, a, b]) => {
    if (command === 'M') [x, y] = [Number(a), Number(b)];
    else if (command === 'h') x += Number(a);
    else if (command === 'v') y += Number(a);
    else [x, y] = [x + Number(a), y + Number(b)];
    return [x, y] as const;
  });
  assert.ok(ends.length > 250);
  for (const [atX, atY] of ends)
    assert.ok(
      points.some(([px, py]) => Math.abs(px - atX) <= 0.051 && Math.abs(py - atY) <= 0.051),
      `${atX},${atY}`,
    );
});

test('a drawing has no style sheet and knows where its values stand', () => {
  const drawing = draw({
    width: 100,
    height: 100,
    x: { domain: [0, 1] },
    marks: [Plot.dot([[0.5, 0.123456]])],
  });
  assert.doesNotMatch(drawing.content, /<style|class=|(x|y|\()="?\d+\.\d\d[^e]*"/);
  assert.equal(drawing.at('x', 0.5), 60);
  assert.equal(drawing.at('fx', 1), undefined);
});
