/**
 * The WebAssembly module of an AdamW update (core specification 2.0, with 128-bit SIMD), written by hand: one page of
 * memory with blocks of the parameter, m, v and gradient behind each other, and the function `update`. Its arguments
 * are a number of bytes, of which each block has that many, and the eight scalars, in the order of SCALARS.
 */

/** Elements of a block: four of them are a page of memory, 64 KiB. */
export const BLOCK = 4096;

const SCALARS = [
  'scale',
  'oneMinusBeta1',
  'oneMinusBeta2',
  'correction1',
  'correction2',
  'epsilon',
  'decay',
  'learningRate',
] as const;

type Code = readonly number[];

/** An unsigned number in LEB128. */
function unsigned(x: number): Code {
  return x < 0x80 ? [x] : [(x & 0x7f) | 0x80, ...unsigned(x >>> 7)];
}

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const lanes = (instruction: number): Code => [0xfd, ...unsigned(instruction)];
const binary =
  (instruction: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...lanes(instruction)];
const add = binary(0xe4);
const sub = binary(0xe5);
const mul = binary(0xe6);
const div = binary(0xe7);
const sqrt = (x: Code): Code => [...x, ...lanes(0xe3)];
const splat = (x: Code): Code => [...x, ...lanes(0x13)];

// Locals: the arguments; each scalar in all four lanes; the offset in a block; the new gradient, m and v.
const BYTES = 0;
const argument = (scalar: number): number => 1 + scalar;
const splatted = (scalar: number): number => 1 + SCALARS.length + scalar;
const OFFSET = 1 + 2 * SCALARS.length;
const [G, M, V] = [OFFSET + 1, OFFSET + 2, OFFSET + 3] as const;

const scalar = (name: (typeof SCALARS)[number]): Code => get(splatted(SCALARS.indexOf(name)));
/** Offset of a block, as loads and stores have it, with their alignment. */
const at = (block: number): Code => [4, ...unsigned(4 * BLOCK * block)];
const load = (block: number): Code => [...get(OFFSET), ...lanes(0x00), ...at(block)];
const store = (block: number, value: Code): Code => [...get(OFFSET), ...value, ...lanes(0x0b), ...at(block)];

function updateCode(): Code {
  const [p, m, v, g] = [0, 1, 2, 3] as const;
  const mean = add(load(m), mul(sub(get(G), load(m)), scalar('oneMinusBeta1')));
  const square = add(load(v), mul(sub(mul(get(G), get(G)), load(v)), scalar('oneMinusBeta2')));
  const root = sqrt(mul(get(V), scalar('correction2')));
  const direction = div(mul(get(M), scalar('correction1')), add(root, scalar('epsilon')));
  const change = add(direction, mul(load(p), scalar('decay')));
  const LOOP = [0x03, 0x40];
  const END = [0x0b];
  return [
    SCALARS.flatMap((_, i) => [...splat(get(argument(i))), ...set(splatted(i))]),
    LOOP,
    mul(load(g), scalar('scale')),
    set(G),
    mean,
    set(M),
    square,
    set(V),
    store(p, sub(load(p), mul(change, scalar('learningRate')))),
    store(m, get(M)),
    store(v, get(V)),
    [...get(OFFSET), 0x41, 16, 0x6a, 0x22, OFFSET], // offset + 16, kept in the local and on the stack
    [...get(BYTES), 0x49, 0x0d, 0], // again while that is below the number of bytes
    END,
    END,
  ].flat();
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (name: string): Code => [name.length, ...Buffer.from(name)];

export function adamwModule(): Uint8Array<ArrayBuffer> {
  const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
  const code = [3, SCALARS.length, V128, 1, I32, 3, V128, ...updateCode()];
  const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const bytes = [
    MAGIC_AND_VERSION,
    section(1, [1, 0x60, 1 + SCALARS.length, I32, ...SCALARS.map(() => F32), 0]),
    section(3, [1, 0]),
    section(5, [1, 1, 1, 1]), // memory of one page, and never more
    section(7, [2, ...text('memory'), 2, 0, ...text('update'), 0, 0]),
    section(10, [1, ...unsigned(code.length), ...code]),
  ];
  return Uint8Array.from(bytes.flat());
}
