/** Reading one number as people write it. Exact: no digit is lost. */
import { rational } from '@soar/verify';

/** Longest number that is read, in UTF-16 units; exponents have at most three digits. */
const LENGTH_MAX = 200;
const DECIMAL = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** The value of `text`: a decimal, or a fraction of whole numbers; a dollar sign before it is left out. */
export function readNumber(text: string): rational.Rational | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const written = text
    .trim()
    .replace(/^\$(.*)\$$/s, '$1') // TeX
    .replace(/^([+-]?)\s*\\?\$/, '$1')
    .replace('\u2212', '-')
    .trim();
  const [, over, under] = /^([+-]?\d+)\s*\/\s*(\d+)$/.exec(written) ?? [];
  if (over !== undefined && under !== undefined) return rational.rational(BigInt(over), BigInt(under));
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(written) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole.replaceAll(',', '')}${fraction}`);
  const shift = Number(exponent) - fraction.length;
  const power = 10n ** BigInt(Math.abs(shift));
  return shift >= 0 ? rational.rational(digits * power, 1n) : rational.rational(digits, power);
}
