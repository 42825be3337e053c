/**
 * For the hunt after universal answers: golds of every domain that have nothing to do with each other, and random
 * responses in the domain's own notation. A response that is right for two of the golds is a hole in the grading.
 */
import { Random } from '@soar/core';

/** Golds by domain: pairwise, no answer is right for two of them. */
export const GOLDS: Readonly<Record<string, readonly string[]>> = {
  arithmetic: Array.from({ length: 30 }, (_, i) => String(i * 33 + 7).padStart(3, '0')),
  choice: [...'ABCDEFGHIJ'],
  countdown: ['46 from 3, 7, 25', '24 from 2, 3, 4', '10 from 1, 9', '0 from 5, 5', '100 from 4, 25, 50, 2'],
  'json-schema': [
    '{"type":"object","properties":{"a":{"const":1}},"required":["a"],"additionalProperties":false}',
    '{"type":"array","items":{"type":"integer"},"minItems":2}',
    '{"type":"string","minLength":5}',
    '{"const":null}',
    '{"enum":[7,8]}',
  ],
  math: lines(String.raw`
    7 ;; \frac{613}{2477} ;; \sqrt{5} ;; \pi ;; 12\% ;; 5\text{ cm} ;; \$18 ;; 2+3i ;; \infty ;; 0.125
    x=2, x=3 ;; x=\pm 5 ;; x=17 \text{ or } x=23 ;; x=4, y=9 ;; y=2x+1 ;; x^2+y^2=4 ;; n^2+1 ;; \sin x
    x<0 ;; x\ge 5 ;; 1<x\le 3 ;; x\ne 6 ;; x<-1 \text{ or } x>8 ;; (1000,2000) ;; [2,5) ;; \{613\}
    \{1,2,3\} ;; (3,4) ;; (1,2),(5,6) ;; (-\infty,-9)\cup(9,\infty) ;; \mathbb{R}\setminus\{11\}
    \emptyset ;; \mathbb{Z} ;; \begin{pmatrix}1&2\\3&4\end{pmatrix} ;; 3:4 ;; \text{Tuesday} ;; 11:45
    f(x)=\begin{cases}x&x<0\\2x&x\ge0\end{cases} ;; |x-2| ;; \frac{dy}{dx}=3x ;; k\pi, k\in\mathbb{Z}
    \{x : x>20\} ;; n\ge 30, n\in\mathbb{Z} ;; 3\mid n ;; x\equiv 3\pmod 5 ;; p\land q ;; a_n=2^n
  `),
};

/** Texts between `;;` and line ends. */
function lines(text: string): readonly string[] {
  return text
    .split(/;;|\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Choices made at one address. */
class Draws {
  private at = 0;
  constructor(private readonly random: Random) {}
  pick(from: readonly string[]): string {
    return from[this.random.integer(this.at++, from.length)]!;
  }
  integer(bound: number): number {
    return this.random.integer(this.at++, bound);
  }
}

/** A random response in the notation of `domain`. */
export function randomResponse(domain: string, seed: number, index: number): string {
  const draws = new Draws(Random.of(seed).at('universal', domain, index));
  switch (domain) {
    case 'arithmetic':
      return several(draws, ['#', '7', '0', '40', '073', '106', ' ', '.', '\n']);
    case 'choice':
      return boxed(
        draws,
        several(draws, ['A', 'B', 'C', '(', ')', ' or ', ' and ', ',', 'not ', '?', ' ', 'all']),
      );
    case 'countdown':
      return boxed(
        draws,
        several(draws, ['3', '7', '25', '5', '+', '-', '*', '/', '(', ')', '0', ' ', '46']),
      );
    case 'json-schema':
      return `<answer>${several(draws, ['{', '}', '[', ']', '"a"', ':', '1', ',', 'null', '7', '{}', 'NaN'])}</answer>`;
    default:
      return boxed(draws, randomStatement(draws, 2));
  }
}

function several(draws: Draws, parts: readonly string[]): string {
  return Array.from({ length: 1 + draws.integer(7) }, () => draws.pick(parts)).join('');
}

function boxed(draws: Draws, text: string): string {
  return draws.pick(['\\boxed{T}', 'The answer is $T$.', 'T', 'So \\boxed{T}.']).replace('T', () => text);
}

const VALUES = lines(String.raw`
    x ;; y ;; n ;; f(x) ;; 0 ;; 1 ;; 2 ;; -1 ;; x^2 ;; -x ;; \frac{1}{0} ;; 0/0 ;; \sqrt{-1} ;; \infty ;; i
    \sqrt{x} ;; \ln x ;; \emptyset ;; \{\} ;; \mathbb{R} ;; \{x\} ;; (0,x) ;; 10^{400} ;; \frac{x}{x}
    \text{any} ;; \text{number} ;; \% ;; \log_1 x ;; |x| ;; 0^0 ;; \pm x ;; x! ;; e^{1000} ;; \frac{dx}{dx}
  `);
const RELATIONS = lines(String.raw`
    = ;; < ;; > ;; \le ;; \ge ;; \ne ;; \in ;; \notin ;; \approx ;; \equiv ;; \subset ;; : ;; \mid
  `);
const JOINS = [
  ', ',
  ' \\text{ or } ',
  ' \\text{ and } ',
  ' \\cup ',
  ' \\cap ',
  ' \\setminus ',
  ';',
  '\\\\',
  ' \\lor ',
];

function randomStatement(draws: Draws, depth: number): string {
  const value = (): string =>
    depth > 0 && draws.integer(6) === 0 ? randomStatement(draws, depth - 1) : draws.pick(VALUES);
  switch (draws.integer(depth > 0 ? 9 : 4)) {
    case 0:
      return value();
    case 1:
    case 2:
      return `${value()}${draws.pick(RELATIONS)} ${value()}`;
    case 3:
      return `${value()}${draws.pick(RELATIONS)} ${value()}${draws.pick(RELATIONS)} ${value()}`;
    case 4:
      return `${randomStatement(draws, depth - 1)}${draws.pick(JOINS)}${randomStatement(draws, depth - 1)}`;
    case 5:
      return `\\{x : ${randomStatement(draws, depth - 1)}\\}`;
    case 6:
      return `\\begin{cases}${[0, 1].map(() => `${value()}&${randomStatement(draws, 0)}`).join('\\\\')}\\end{cases}`;
    case 7:
      return `${draws.pick(['(', '[', '\\{'])}${value()},${value()}${draws.pick([')', ']', '\\}'])}`;
    default:
      return `${value()}${draws.pick(['+', '-', '\\cdot ', '/', '^', '\\text{ if }', '_'])}${value()}`;
  }
}
