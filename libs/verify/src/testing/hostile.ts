/**
 * Hostile answers, seeded: fragments that break parsers, joined at random, and hand-made attacks on graders. No
 * generated answer is right for any of GOLDS.
 */
import type { Draws } from './expressions.js';

/** The gold answers under attack. None of these values can arise by chance from a few FRAGMENTS. */
export const GOLDS = [
  '8675309',
  '\\frac{613}{2477}',
  'x^7 - 41x + 613',
  '(613, -2477)',
  '[613, 2477)',
  '\\{613, 2477, 8675309\\}',
  'w = 8675309',
  't > 613',
  '\\begin{pmatrix} 613 & 2 \\\\ 3 & 2477 \\end{pmatrix}',
  '\\text{rhododendron}',
  '613\\sqrt{2477}',
  '613 + 2477i',
  'y = 613x + 2477',
] as const;

const FRAGMENTS = [
  '1 2 7 10 x y n e i \\pi \\infty . , ; : ! !! % ^ _ ^^ __ + - * / = < > \\le \\ne \\approx { } ( ) [ ] | || ' +
    '\\{ \\} & \\\\ $ $$ \\( \\) \\[ \\]',
  '\\frac \\dfrac \\sqrt \\sqrt[3] \\binom \\log_ \\sin \\arcsin \\gcd \\lcm \\max \\sum_{k=1}^{ ' +
    '\\sum_{i=0}^{9999999} \\prod_{k=1}^{n} \\int_0^1 \\lim_{x\\to0}',
  '\\left \\right \\left( \\right) \\begin{pmatrix} \\end{pmatrix} \\begin{cases} \\end{cases} ' +
    '\\begin{array}{cc} \\text{ \\mathrm{ \\boxed{ \\fbox{ \\overline{3} 0.\\overline{3}',
  '\\cup \\cap \\setminus \\in \\notin \\subset \\emptyset \\mathbb{R} \\pm \\mp \\pmod \\bmod \\mid \\to \\not ' +
    '\\neg and or \\text{and} \\text{or}',
  '10^{10^{10}} 9^{9^{9^{9}}} 2^{-99999999} 100000! (1000!)! \\binom{100000}{50000} 1e9999 0^0 1/0 0/0 \\log0 ' +
    '\\tan\\frac\\pi2 0^{-1}',
  '<think> </think> <answer> </answer> #### the\u0020answer\u0020is answer: ' +
    '**Answer:** 答案是 réponse\u0020est \\\\boxed{ \\boxed',
  '\u0000 \ud800 \udfff \uffff \u202e \u200b é 中 ß ² ½ √ ° ٣ 𝟓 \ufeff \\ \\\\\\ ~ # " \' ` @ \t \n \r\n',
].flatMap((line) => line.split(' '));

/** Fragments joined together, sometimes very many. */
export function randomNoise(draws: Draws): string {
  const count = 1 + draws.integer(draws.chance(0.05) ? 600 : 24);
  let text = '';
  for (let i = 0; i < count; i++) text += draws.pick(FRAGMENTS) + (draws.chance(0.3) ? ' ' : '');
  return text;
}

/** Attacks of one size: deep nesting, long lists, large numbers. `size` from 1 to 5. */
export function bombs(size: number): string[] {
  const n = 10 ** size;
  return [
    '9'.repeat(n),
    `0.${'3'.repeat(n)}`,
    '{'.repeat(n),
    '}'.repeat(n),
    '('.repeat(n) + '1' + ')'.repeat(n),
    '\\frac{1}{'.repeat(n) + '1' + '}'.repeat(n),
    '\\sqrt{'.repeat(n) + '2' + '}'.repeat(n),
    '-'.repeat(n) + '1',
    '1' + '!'.repeat(n),
    '2^'.repeat(n) + '2',
    '2^{'.repeat(n) + '2' + '}'.repeat(n),
    '\\boxed{'.repeat(n),
    '\\boxed{1},'.repeat(n),
    '\\boxed{'.repeat(n) + '1' + '}'.repeat(n),
    Array.from({ length: n }, (_, i) => i).join(','),
    Array.from({ length: n }, (_, i) => `x_{${i}}=${i}`).join(' \\text{ and } '),
    'x+'.repeat(n) + 'x',
    '(x+1)'.repeat(n),
    '|'.repeat(n),
    '\\pm 1'.repeat(n),
    '$'.repeat(n),
    '\\text{'.repeat(n),
    '\\begin{pmatrix}' + '1&'.repeat(n) + '1\\end{pmatrix}',
    '\\cup[0,1]'.repeat(n),
    'the answer is '.repeat(n),
    '<think>'.repeat(n) + '</think>'.repeat(n),
    ' '.repeat(n),
    '1,234'.repeat(n),
    '<'.repeat(n),
    'a<'.repeat(n) + 'b',
    '\\sum_{k=1}^{1000}'.repeat(n) + 'k',
    '\\sin'.repeat(n) + 'x',
    'and '.repeat(n),
    '\\\\'.repeat(n) + 'boxed{1}',
    '\\left'.repeat(n),
    '٣'.repeat(n),
    'A '.repeat(n),
    '.'.repeat(n) + '5',
    '\\frac{612}{2477'.repeat(n),
    'the answer is ' + 'a total of '.repeat(n) + '5',
    'the answer is 5. wait, no, '.repeat(n),
    'the answer is $5 and '.repeat(n),
    '\\begin{cases}1&x<0\\\\'.repeat(n) + '2' + '\\end{cases}'.repeat(n),
    '\\begin{cases}' + 'x&x<0\\\\'.repeat(n) + '1&\\text{otherwise}\\end{cases}',
    'p\\land q\\lor '.repeat(n) + 'r',
    '\\neg '.repeat(n) + 'p',
    '5 cm '.repeat(n),
    '3 hours and '.repeat(n) + '5',
    '\\angle '.repeat(n) + 'ABC',
    '\\frac{d}{dx}'.repeat(n) + 'x',
    '\\int_0^1 '.repeat(n) + 'x dx',
    '5 red '.repeat(n),
    '\\text{ square units}'.repeat(n),
    'where x<1 '.repeat(n),
  ];
}

/** Ways to let a grader find `right` without answering it. */
export function sprays(right: string, draws: Draws): string[] {
  const other = String(2 + draws.integer(499));
  return [
    `\\boxed{${right}, ${other}}`,
    `\\boxed{${other}} \\text{ or } \\boxed{${right}}`,
    `\\boxed{${right}}, \\boxed{${other}}`,
    `\\boxed{\\text{${right} is not the answer, it is ${other}}}`,
    `\\boxed{\\text{not } ${right}}`,
    `\\boxed{${other} \\ne ${right}}`,
    `\\boxed{${right} = ${other}}`,
    `\\boxed{${right}}\\ldots \\text{ no: } \\boxed{${other}}`,
    `\\boxed{${right}} <think> \\boxed{${right}}`,
    `<think>\\boxed{${right}}</think> \\boxed{${other}}`,
    `the answer is not ${right}`,
    `the answer is ${other}. (It is not ${right})`,
    `\\boxed{${right} + ${other} + }`,
    `\\boxed{${right}^{${other}^{${other}}}}`,
    `\\boxed{(${right}`,
    `\\boxed{? ${right}}`,
    `\\boxed{${other}${right}}`,
  ];
}
