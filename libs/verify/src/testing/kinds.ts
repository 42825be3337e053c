/**
 * Pairs of answers for the kinds of mistakes that graders accept, made from random numbers: opposites, swaps, dropped
 * words and conditions, letters that are no product. A pair is `same` when its second answer is the first one in
 * another form.
 */
import type { Draws } from './expressions.js';

export interface Pair {
  readonly gold: string;
  /** The content of a box, or a whole response where `prose` is set. */
  readonly answer: string;
  readonly same: boolean;
  readonly prose?: true;
}

type Kind = (draws: Draws) => readonly Pair[];

/** Two different whole numbers from 2 on. */
function twoNumbers(draws: Draws): [number, number] {
  const a = 2 + draws.integer(96);
  return [a, a + 1 + draws.integer(60)];
}

const words = (text: string): readonly string[] => text.trim().split(/\s*[;\n]\s*/);
const differ = (gold: string, answer: string): Pair => ({ gold, answer, same: false });
const same = (gold: string, answer: string): Pair => ({ gold, answer, same: true });
const both = (a: string, b: string): readonly Pair[] => [differ(a, b), differ(b, a), same(a, a), same(b, b)];

const UNITS = words('cm; kg; hours; miles; litres; volts; acres; minutes; feet; grams');
const NOUNS = words('apples; students; marbles; books; tickets; dogs; coins; cookies; trees; chairs');
const SCALES = words(`
  fifths; thousandths; halves; lakh; crore; bn; million; dozen; 万; 亿; per mille; squared; cubed; myriads; tenths
  hundred thousand; doubled; quarters; gross; thirds
`);
const OPPOSITES = words(`
  N\\% increase/N\\% decrease; \\$N profit/\\$N loss; N km north/N km south; N years older/N years younger
  N steps left/N steps right; N heads/N tails; N degrees above zero/N degrees below zero; N wins/N losses
  March N/April N; N BC/N AD; gain of N/loss of N; N days ago/in N days; N boys/N girls; N a.m./N p.m.
  N^\\circ clockwise/N^\\circ counterclockwise; N units up/N units down; N more/N less; N even/N odd
`);
/** Two numbers and what joins them; none of these may read the same with the numbers exchanged. */
const JOINED = words(`
  A to B; A by B; A R B; A out of B; A remainder B; A:B; A/B; A-B; A over B; A in B; A hours B minutes
  A lb B oz; Ah Bm; A \\times B matrix; A ft B in; A weeks B days; A for B; A per B; A divided by B
`);
const FIGURES = words(
  '\\angle XYZ; \\overrightarrow{XY}; \\overline{xy}; \\vec{XY}; \\widehat{XYZ}; X \\to Y; X<Y<Z',
);

/** The cases of a function, in the order of `swap`, cut at `at`. */
function cases(first: string, second: string, at: number): string {
  return `\\begin{cases}${first}&x<${at}\\\\${second}&x\\ge ${at}\\end{cases}`;
}

/** By the number and name in the list of kinds that the verifier was mended for. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'functions by cases': (draws) => {
    const [a, b] = twoNumbers(draws);
    const [f, g] = [`x+${a}`, `${b}x^2`];
    return [
      ...both(cases(f, g, a), cases(g, f, a)),
      ...both(cases(f, g, a), cases(f, g, b)),
      ...both(cases(f, g, a), f),
      same(cases(f, g, a), `\\begin{cases}${g}&x\\ge ${a}\\\\${f}&\\text{otherwise}\\end{cases}`),
      same(`|x-${a}|`, cases(`${a}-x`, `x-${a}`, a)),
      differ(`|x-${a}|`, cases(`x-${a}`, `${a}-x`, a)),
    ];
  },
  derivatives: (draws) => {
    const [y, x] = [draws.pick(words('y; V; P; s; u')), draws.pick(words('x; t; r; \\theta'))];
    const value = `${2 + draws.integer(9)}t`;
    const derivative = `\\frac{d${y}}{d${x}}`;
    return [
      ...both(derivative, `\\frac{${y}}{${x}}`),
      ...both(`${derivative}=${value}`, `\\frac{${y}}{${x}}=${value}`),
      ...both(derivative, `\\frac{d${x}}{d${y}}`),
      ...both(`\\frac{\\partial ${y}}{\\partial ${x}}`, `\\frac{${y}}{${x}}`),
      ...both(derivative, `\\frac{d^2${y}}{d${x}^2}`),
      differ(`${derivative}=${value}`, `${y}=${value}`),
    ];
  },
  'a unit against something else': (draws) => {
    const n = 2 + draws.integer(90);
    const named = [
      `${n}\\%`,
      `\\$${n}`,
      `${n}^\\circ`,
      `${n}\\text{ ${draws.pick(UNITS)}}`,
      `${n}\\text{ ${draws.pick(NOUNS)}}`,
      `${n}\\text{ blorbs}`,
    ];
    const i = draws.integer(named.length);
    const j = (i + 1 + draws.integer(named.length - 1)) % named.length;
    return [
      ...both(named[i]!, named[j]!),
      same(named[i]!, String(n)),
      differ(String(n), `${n}\\text{ blorbs}`),
    ];
  },
  'scale words': (draws) => {
    const n = 2 + draws.integer(90);
    const scale = draws.pick(SCALES);
    const wrapped = draws.chance(0.5) ? `${n} ${scale}` : `${n}\\text{ ${scale}}`;
    return [differ(String(n), wrapped), differ(wrapped, String(n))];
  },
  'opposite words': (draws) => {
    const [a, b] = draws.pick(OPPOSITES).split(/\/(?=\S)/) as [string, string];
    const n = String(2 + draws.integer(10));
    return both(a.replaceAll('N', n), b.replaceAll('N', n));
  },
  'swapped quantities': (draws) => {
    const [a, b] = twoNumbers(draws);
    const at = draws.integer(NOUNS.length);
    const [p, q] = [NOUNS[at]!, NOUNS[(at + 1 + draws.integer(NOUNS.length - 1)) % NOUNS.length]!];
    const join = draws.pick([', ', ' and ', ' \\text{ and } ']);
    const spell = (m: number, n: number): string => `${m}\\text{ ${p}}${join}${n}\\text{ ${q}}`;
    return [
      ...both(spell(a, b), spell(b, a)),
      same(spell(a, b), `${b}\\text{ ${q}}, ${a}\\text{ ${p}}`),
      ...both(`${p} = ${a}, ${q} = ${b}`, `${p} = ${b}, ${q} = ${a}`),
      differ(spell(a, b), `${b}, ${a}`),
    ];
  },
  'letters that are no product': (draws) => {
    const joined = draws.pick(JOINED);
    const [a, b] = twoNumbers(draws);
    const spell = (m: number, n: number): string => joined.replace(/[AB]/g, (x) => String(x === 'A' ? m : n));
    const [m, n] = [Math.min(a, 11), Math.min(b, 11) + 1];
    return both(spell(m, n), spell(n, m));
  },
  'side conditions': (draws) => {
    const n = 1 + draws.integer(30);
    const sets = words('\\mathbb{Z}; \\mathbb{N}; \\mathbb{R}; \\mathbb{Q}');
    const i = draws.integer(sets.length);
    const [s, t] = [sets[i]!, sets[(i + 1 + draws.integer(3)) % sets.length]!];
    return [
      ...both(`${n}k\\pi, k\\in ${s}`, `${n}k\\pi, k\\in ${t}`),
      differ(`x>${n}, x\\in\\mathbb{Z}`, `(${n},\\infty)`),
      differ(`x>${n}, x\\in\\mathbb{Z}`, `x>${n}`),
      differ(`\\frac{1}{x}, x\\ne ${n}`, '\\frac{1}{x}'),
      differ(`x<${n}, x\\ne ${n - 2}`, `x<${n}`),
      differ(`y=Cx^{${n}}, C>0`, `y=Cx^{${n}}`),
      same(`${n}k\\pi, k\\in\\mathbb{Z}`, `${n}m\\pi, m\\in\\mathbb{Z}`),
    ];
  },
  order: (draws) => {
    const points = words('A; B; C; D; E; F');
    const i = draws.integer(points.length);
    const [a, b, c] = [0, 1, 2].map((step) => points[(i + step) % points.length]!) as [
      string,
      string,
      string,
    ];
    const figure = draws.pick(FIGURES);
    const spell = (x: string, y: string, z: string): string =>
      figure.replace(/(?<!\\\w*)[XYZxy]/g, (letter) => {
        const point = letter.toUpperCase() === 'X' ? x : letter.toUpperCase() === 'Y' ? y : z;
        return letter === letter.toLowerCase() ? point.toLowerCase() : point;
      });
    const [p, q] = draws.chance(0.5) ? ['\\land', '\\lor'] : ['\\text{ and }', '\\text{ or }'];
    return [...both(spell(a, b, c), spell(b, a, c)), ...both(`${a} ${p} ${b}`, `${a} ${q} ${b}`)];
  },
};

/** Responses without a box, by what they do to the number N; M is another number. None of them answers N. */
const NO_ANSWERS = words(`
  The answer is negative N.; The answer is minus N.; The answer is not N.; The answer is N. Wait, no, it is M.
  The answer is N. Oops, it should be M.; The wrong answer is N.; The wrong choice is N.
  An incorrect result would be N.; I doubt that the answer is N.; Is the answer N?
  Suppose the answer is N.; Unless the answer is N, we stop.; Maybe the answer is N.; The answer might be N.
  The answer is twice N.; The answer is half of N.; The answer is N less than M.; The answer is M more than N.
  The answer is greater than or equal to N.; The answer is a multiple of N.; The answer is divisible by N.
  The answer is at least N.; The answer is N percent of M.; The answer is the square of N.; The answer is N over M.
  The answer is on page N.; The answer is nearly N.; The answer is the sum of M and N.; The answer is N squared.
  It cannot be N.; There are more than N.; Twice the answer is N.; The answer is N or M.; Either N or M.
  I am not sure the answer is N.; The student's answer is N.; The answer is N times M.; Answer: not N
  This is half of N.; If the answer is N, then x is M.; The answer is N. That is wrong.
  The last digit of the answer is N.
`);
/** Responses that answer N. */
const ANSWERS = words(`
  The answer is N.; So the final answer is: N; Therefore, x equals N.; #### N; Thus there are N apples.
  The answer is N, because M is too large.; I think the answer is N.; The answer is not M, it is N.
  The answer is M. Wait, no, it is N.; The answer is that Tom has N apples.; Hence there are exactly N of them.
  Twice M is more than that. The answer is N.; Is it M? No. The answer is N.; N; The total is N dollars.
`);

/** Pairs of a number and a response in prose. */
export function prosePairs(draws: Draws): readonly Pair[] {
  const [n, m] = twoNumbers(draws);
  const fill = (text: string): string => text.replaceAll('N', String(n)).replaceAll('M', String(m));
  return [
    { gold: String(n), answer: fill(draws.pick(NO_ANSWERS)), same: false, prose: true },
    { gold: String(n), answer: fill(draws.pick(ANSWERS)), same: true, prose: true },
  ];
}
