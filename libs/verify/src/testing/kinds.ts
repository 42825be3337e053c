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
export function twoNumbers(draws: Draws): [number, number] {
  const a = 2 + draws.integer(96);
  return [a, a + 1 + draws.integer(60)];
}

export const words = (text: string): readonly string[] => text.trim().split(/\s*[;\n]\s*/);
const differ = (gold: string, answer: string): Pair => ({ gold, answer, same: false });
const same = (gold: string, answer: string): Pair => ({ gold, answer, same: true });
const both = (a: string, b: string): readonly Pair[] => [differ(a, b), differ(b, a), same(a, a), same(b, b)];

const UNITS = words('cm; kg; hours; miles; litres; volts; acres; minutes; feet; grams');
const NOUNS = words('apples; students; marbles; books; tickets; dogs; coins; cookies; trees; chairs');
const NAMES = words('amplitude; period; quotient; width; length; mean; median; price; mass; depth');
const DIGITS = words('zero; one; two; three; four; five; six; seven; eight; nine');
const TENS = words('twenty; thirty; forty; fifty; sixty; seventy; eighty; ninety');
const MONEY = words(`
  CA\\$; AU\\$; NZ\\$; HK\\$; SG\\$; MX\\$; US\\$; \\pounds; EUR; CHF; JPY; INR; \\text{SEK }
`);
const SIZES = words('tiny; scriptsize; footnotesize; small; normalsize; large; Large; LARGE; huge; Huge');
const FILLERS = words('exactly; precisely; simply; just; only; a total of');
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
  'named values': (draws) => {
    const [a, b] = twoNumbers(draws);
    const at = draws.integer(NAMES.length);
    const [p, q] = [NAMES[at]!, NAMES[(at + 1 + draws.integer(NAMES.length - 1)) % NAMES.length]!];
    const spell = (m: number, n: number): string => `\\text{${p} }${m}, \\text{${q} }${n}`;
    const sentence = (m: number, n: number): Pair => ({
      ...differ(spell(a, b), `The ${p} is ${m} and the ${q} is ${n}.`),
      prose: true,
    });
    return [
      ...both(spell(a, b), spell(b, a)),
      same(spell(a, b), `\\text{${q}: }${b}, \\text{${p}: }${a}`),
      { ...sentence(a, b), same: true },
      sentence(b, a),
      differ(String(a), `\\text{${p} }${a}`),
    ];
  },
  'numbers in words': (draws) => {
    const [tens, digit] = [draws.integer(8), 1 + draws.integer(9)];
    const word = `${TENS[tens]!}-${DIGITS[digit]!}`;
    const value = 10 * (tens + 2) + digit;
    return [
      same(String(value), `\\text{${word}}`),
      same(String(100 * digit + value), `\\text{${DIGITS[digit]!} hundred and ${word}}`),
      differ(String(value), `\\text{${word} hundred}`),
      differ(String(digit), `\\text{${word}}`),
      differ(String(value), `\\text{negative ${word}}`),
      same(`\\frac{${digit}}{5}`, `\\text{${DIGITS[digit]!} fifths}`),
    ];
  },
  'statements and sets': (draws) => {
    const [p, q] = draws.pick<readonly [string, string]>([
      ['p', 'q'],
      ['A', 'B'],
      ['r', 's'],
    ]);
    const arrow = draws.pick(words('\\to; \\Rightarrow; \\implies; \\rightarrow'));
    return [
      ...both(`${p} ${arrow} ${q}`, `${q} ${arrow} ${p}`),
      ...both(`${p} ${arrow} ${q}`, `${p} \\leftrightarrow ${q}`),
      same(`${p} ${arrow} ${q}`, `\\neg ${p} \\lor ${q}`),
      ...both('A\\setminus B', 'B\\setminus A'),
      ...both('(A\\cup B)\\cap C', 'A\\cup(B\\cap C)'),
      same('A\\setminus B', 'A\\cap B^c'),
      same('(A\\cup B)\\cap C', '(A\\cap C)\\cup(B\\cap C)'),
    ];
  },
  permutations: (draws) => {
    // Three digits behind a space are read as thousands.
    const a = 2 + draws.integer(20);
    const b = a + 1 + draws.integer(20);
    const c = b + 1 + draws.integer(20);
    const spell = (...cycle: number[]): string => `(${cycle.join('\\ ')})`;
    return [
      ...both(spell(a, b, c), spell(c, b, a)),
      same(spell(a, b, c), spell(b, c, a)),
      same(spell(1, a) + spell(b, c), spell(c, b) + spell(a, 1)),
      differ(spell(a, b, c), `(${a}, ${b}, ${c})`),
    ];
  },
  'signs of money': (draws) => {
    const [a, b] = twoNumbers(draws);
    const i = draws.integer(MONEY.length);
    const [sign, other] = [MONEY[i]!, MONEY[(i + 1 + draws.integer(MONEY.length - 1)) % MONEY.length]!];
    return [
      ...both(`${sign} ${a}`, `${other} ${a}`),
      ...both(`${sign} ${a}`, `${sign} ${b}`),
      same(String(a), `${sign} ${a}`),
      same(`CA\\$${a}`, `${a}\\text{ CAD}`),
      differ(`${a}\\%`, `${sign} ${a}`),
      differ(`${sign} ${a}`, `${a}\\text{ kg}`),
      differ(String(a), `-${sign} ${a}`),
    ];
  },
  'sizes and words that only stress': (draws) => {
    const [a, b] = twoNumbers(draws);
    const [size, filler] = [draws.pick(SIZES), draws.pick(FILLERS)];
    return [
      same(String(a), `\\${size} ${a}`),
      same(`\\frac{${a}}{7}`, `{\\${size}\\frac{${a}}{7}}`),
      differ(String(a), `\\${size} ${b}`),
      same(String(a), `\\text{${filler} }${a}`),
      same(String(a), `\\text{${filler} }${a}\\text{ ways}`),
      differ(String(a), `\\text{${filler} }${b}`),
      differ(String(a), `\\text{not ${filler} }${a}`),
      differ(String(a), `\\text{${filler} twice }${a}`),
      differ(String(a), `\\text{more than }\\text{${filler} }${a}`),
    ];
  },
  'upper scripts first': (draws) => {
    const [a, b] = [2 + draws.integer(7), 10 + draws.integer(20)];
    const x = draws.pick(words('x; v; a; \\sigma; \\lambda'));
    const series = (from: number, to: number): string => `\\sum^{${to}}_{k=${from}} k^2`;
    return [
      same(`${x}^{${a}}_{${b}}`, `${x}_{${b}}^{${a}}`),
      ...both(`${x}^{${a}}_{${b}}`, `${x}^{${b}}_{${a}}`),
      differ(`${x}^{${a}}_{${b}}`, `${x}^{${a}}`),
      same(series(a, b), `\\sum_{k=${a}}^{${b}} k^2`),
      differ(series(a, b), series(a, b + 1)),
      same(`${a}\\mathrm{e}+${b}`, `${b}+${a}e`),
      differ(`${a}\\mathrm{e}+${b}`, `${a}e+${b}`),
    ];
  },
  'units in sentences': (draws) => {
    const n = 2 + draws.integer(90);
    const i = draws.integer(UNITS.length);
    const [unit, other] = [UNITS[i]!, UNITS[(i + 1 + draws.integer(UNITS.length - 1)) % UNITS.length]!];
    const sentence = draws.pick(words('It is N U.; The answer is N U.; It takes N U.; She needs N U of it.'));
    const pair = (gold: string, said: string): Pair => ({
      ...differ(gold, sentence.replace('N', String(n)).replace('U', said)),
      prose: true,
    });
    return [
      pair(`${n}\\text{ ${unit}}`, other),
      { ...pair(`${n}\\text{ ${unit}}`, unit), same: true },
      { ...pair(String(n), unit), same: true },
    ];
  },
};
