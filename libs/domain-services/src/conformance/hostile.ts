/** Texts that models write and graders stumble over. None is a right answer to anything. */

/** Most characters of a response that a check sends. */
const LONG = 200_000;

export const HOSTILE: readonly string[] = [
  '\u0000\u0007\u001b[2J',
  '\ufffd\u202e\u{1f600}\u0301\u200d',
  '{}[]()<>"\'`\\|&;$%#@!~^*?',
  '\\boxed{',
  '}}}}{{{{',
  '\\boxed{}'.repeat(100),
  '<answer></answer>',
  '<think>',
  '"; import os; os.abort() #',
  '__import__("os").abort()',
  'NaN',
  '1e999999999',
  '9**9**9**9',
  '{{ 7 * 7 }}{% for x in y %}',
  'null\nundefined\nTrue',
  '-'.repeat(LONG),
  '('.repeat(LONG),
  '\\frac{'.repeat(LONG / 10),
  '\n'.repeat(LONG),
  `a${'a?'.repeat(5000)}!`,
];
