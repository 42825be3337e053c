/**
 * Numbers that a text computes with, or counts pages with, and so does not state: "twice 7", "half of 14", "7 less than
 * 10", "the cube of 7", "divisible by 7", "7 percent of 50", "page 7", "almost 7".
 */

const PARTS =
  'half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|hundredths?';
const LABELS =
  'pages?|chapters?|problems?|exercises?|questions?|steps?|lines?|rows?|sections?|figures?|tables?|equations?|examples?' +
  '|versions?|base|modulo|mod|lessons?|options?|theorems?|lemmas?|slides?|volumes?|footnotes?|paragraphs?';

/** Right before a value. */
const BEFORE = new RegExp(
  '(?:' +
    [
      String.raw`\b(?:twice|thrice|double|triple|quadruple|doubled|half|times|plus|minus|over|under|above|below|beneath)`,
      String.raw`\b(?:within|almost|nearly|hardly|barely|scarcely|close to|near|congruent to|proportional to|unlike)`,
      String.raw`\b(?:log|ln|sin|cos|tan|sqrt|root|factorial|(?:divi\w+|multipl\w+)(?:\s\S+)?\sby|than(?: or equal to)?)`,
      // "a total of 7" states it, "the square of 7" does not.
      String.raw`(?:\b(?:${PARTS}|percent|multiples?|factors?|divisors?|powers?|roots?)|%|\d)\s+of`,
      String.raw`\bthe (?!(?:final |correct )?(?:answer|value|total|result|number)\b)[\p{L}\s]{2,40}\s(?:of|between|from)`,
      String.raw`\bwhose\s[\p{L}\s]{2,24}\sis`,
      String.raw`\b(?:${LABELS})`,
    ].join('|') +
    String.raw`)[\s("'*$\\]{1,4}$`,
  'iu',
);

const OPERATIONS =
  'times|plus|minus|over|choose|mod|modulo|divided by|multiplied by|raised to|to the|increased by|decreased by|reduced by|out of|added to|subtracted from';

/** Right after a value. */
const AFTER = new RegExp(
  String.raw`^[)\s"'*$\\]{0,4}(?:(?:${OPERATIONS})\b|(?:percent|%|per cent)?\s*of\s+[$\\(]{0,2}\d` +
    String.raw`|(?:less|more|fewer|greater|older|younger|larger|smaller|bigger|higher|lower|higher)\s+than\b` +
    String.raw`|(?:squared|cubed|factorial|doubled|tripled|halved|or so)\b|-?ish\b|and\s+(?:a|one|two|three)\s+(?:${PARTS})\b` +
    String.raw`|(?:if|when|unless)\b.*\b(?:otherwise|else)\b)`,
  'isu',
);

/** Characters before and after a value that are looked at. */
const WINDOW = 56;

/** Whether the value from `start` to `end` in `text` is part of an operation or a label. */
export function isOperand(text: string, start: number, end: number): boolean {
  return (
    BEFORE.test(text.slice(Math.max(0, start - WINDOW), start)) || AFTER.test(text.slice(end, end + WINDOW))
  );
}
