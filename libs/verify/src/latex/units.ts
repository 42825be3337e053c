/**
 * Units and words after a value: `17\text{ cm}^2`, `5 apples`, `40 km/h`. They are read into one normal text; which of
 * them must agree is a policy (compare/quantities.ts).
 */
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';

/** Words that make the text after a value a statement about it; `7 is wrong` is no 7. */
const STATEMENT = /\b(?:not|is|isn|no|wrong|incorrect|or|never|false|but|are|was|if|nicht|kein)\b|不|[0-9]/i;
/** Longest text after a value, in words. */
const WORDS_MAX = 6;

/** The unit at the cursor, e.g. `cm^2`; undefined when none is there. Fails on a statement. */
export function parseUnit(cursor: Cursor, of: Expression): string | undefined {
  if (of.kind === 'text') return joinWords(cursor, of);
  let unit = '';
  for (;;) {
    const next = cursor.peek();
    if (next?.kind === 'text') {
      if (STATEMENT.test(next.text)) cursor.fail('words after the value say something about it');
      unit += unit === '' || unit.endsWith('/') ? next.text : ` ${next.text}`;
      cursor.next();
    } else if (unit !== '' && cursor.isSymbol('^')) {
      cursor.next();
      const exponent = takeExponent(cursor);
      unit += `^${exponent}`;
    } else if (unit !== '' && cursor.isSymbol('/') && cursor.peek(1)?.kind === 'text') {
      cursor.next();
      unit += '/';
    } else if (unit !== '' && cursor.isSymbol('.')) cursor.next();
    else break;
  }
  if (unit.split(/\s+/).length > WORDS_MAX) cursor.fail('too many words after the value');
  return unit === '' ? undefined : unit;
}

function takeExponent(cursor: Cursor): string {
  const grouped = cursor.takeSymbol('{');
  const sign = cursor.takeSymbol('-') ? '-' : '';
  const digits = cursor.next();
  if (digits.kind !== 'number') cursor.fail('expected the power of a unit');
  if (grouped) cursor.expectSymbol('}');
  return sign + (digits.kind === 'number' ? digits.numeral.text : '');
}

/** Text after text is more text, not a unit: it fails here, and the whole answer is read as words. */
function joinWords(cursor: Cursor, of: Expression): undefined {
  if (of.kind === 'text' && cursor.peek()?.kind === 'text') cursor.fail('words');
  return undefined;
}
