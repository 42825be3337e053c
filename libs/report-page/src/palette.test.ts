/** The colours: as far apart for every kind of sight as those of Okabe and Ito, and visible on the page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DARK, Kinds, LIGHT, OTHERS, type Theme } from './palette.js';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Machado, Oliveira, Fernandes 2009, severity 1, in linear RGB. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const product = (matrix: Matrix, [a, b, c]: Triple): Triple =>
  matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Triple;

function linear(hex: string): Triple {
  const channel = (at: number): number => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** OKLab (Ottosson 2020). */
function oklab(rgb: Triple): Triple {
  const lms = product(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  return product(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms.map(Math.cbrt) as unknown as Triple,
  );
}

function nearest(colours: readonly string[], sight: Matrix): number {
  const seen = colours.map((colour) =>
    oklab(product(sight, linear(colour)).map((c) => Math.min(1, Math.max(0, c))) as unknown as Triple),
  );
  const pairs = seen.flatMap((a, i) =>
    seen.slice(0, i).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])),
  );
  return Math.min(...pairs);
}

function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [r, g, blue] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue + 0.05;
  };
  const [x, y] = [luminance(a), luminance(b)];
  return Math.max(x, y) / Math.min(x, y);
}

const OKABE_ITO = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'];

for (const [name, theme] of Object.entries({ light: LIGHT, dark: DARK }))
  test(`colours of the ${name} page are told apart with every kind of sight`, () => {
    const reference = Math.min(...Object.values(SIGHTS).map((sight) => nearest(OKABE_ITO, sight)));
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      const found = nearest(theme.colours, matrix);
      assert.ok(found >= 0.99 * reference, `${sight}: ${found}, Okabe and Ito ${reference}`);
    }
  });

test('marks have a contrast of 3 with the page, texts of 4.5', () => {
  const check = ({ page, ink, soft, grey, colours }: Theme): void => {
    for (const colour of [...colours, grey]) assert.ok(contrast(colour, page) >= 3, `${colour} on ${page}`);
    for (const text of [ink, soft]) assert.ok(contrast(text, page) >= 4.5, `${text} on ${page}`);
  };
  check(LIGHT);
  check(DARK);
});

test('the most frequent kinds have colours, all others one grey, and shares add up to 1', () => {
  const counts = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`kind ${i}`, 20 - i]));
  const kinds = new Kinds([counts]);
  assert.equal(kinds.shown.length, 14);
  assert.deepEqual([kinds.parts.at(-1), kinds.others], [OTHERS, 6]);
  assert.deepEqual(
    ['kind 0', 'kind 7', 'kind 19', 'none'].map((kind) => kinds.colourOf(kind)),
    ['c0', 't0', 'grey', 'grey'],
  );
  assert.ok(Math.abs(kinds.shares(counts).reduce((a, b) => a + b, 0) - 1) < 1e-12);
  // A name that every object inherits is no count.
  assert.deepEqual(new Kinds([{ constructor: 1 }, { a: 3 }]).shares({ a: 1 }), [1, 0]);
});
