/**
 * Numbers that a text computes with, or counts pages with, and so does not state: "twice 7", "half of 14", "7 less than
 * 10", "the cube of 7", "divisible by 7", "7 percent of 50", "page 7", "almost 7".
 */
import { anyOf } from './pattern.js';

const PARTS = anyOf(`
  half|halves|thirds?|quarters?|fourths?|fifths?|sixths?
  sevenths?|eighths?|ninths?|tenths?|hundredths?
`);
const LABELS = anyOf(`
  pages?|chapters?|problems?|exercises?|questions?|steps?|lines?|rows?|sections?|figures?|tables?|equations?
  examples?|versions?|base|modulo|mod|lessons?|options?|theorems?|lemmas?|slides?|volumes?|footnotes?|paragraphs?
`);
/** "The total of 7" states it, "the square of 7" does not. */
const STATING = String.raw`(?:final |correct )?(?:answer|value|total|result|number)\b`;

/** Verbs behind which `of` belongs to what the sentence states: "the floor has an area of 85". */
const HAVING =
  'has|have|had|with|is|was|gets?|got|makes?|made|needs?|gives?|covers?|shows?|earns?|earned|pays?|paid';

/** What may stand for the answer itself. */
const UNKNOWNS = 'answers?|total|number|value|results?|sum|amount|quantity|it|this|that|[a-z]';

/** Right before a value. */
const BEFORE = new RegExp(
  anyOf(String.raw`
    \b(?:twice|thrice|double|triple|quadruple|doubled|half|times|plus|minus|over|under|above|below|beneath)
    ^\W*to (?:get|obtain|reach|make|have)
    \b(?:within|almost|nearly|hardly|barely|scarcely|close to|near|congruent to|proportional to|unlike)
    \b(?:log|ln|sin|cos|tan|sqrt|root|factorial|(?:divi\w+|multipl\w+)(?:\s\S+)?\sby|than(?: or equal to)?)
    (?:\b(?:${PARTS}|percent|multiples?|factors?|divisors?|powers?|roots?)|%|\d)\s+of
    \bthe (?!${STATING})(?!.*\b(?:${HAVING})\s)[\p{L}\s]{2,40}\s(?:of|between|from)
    \b(?:half|thirds?|quarters?)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:fifths?|tenths?)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:half|thirds?|quarters?)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:fifths?|tenths?)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:twice|double|triple)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:thrice|squared?|root)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:twice|double|triple)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:thrice|squared?|root)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:cubed?|reciprocal)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:cubed?|reciprocal)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:negative)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:opposite|inverse)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:negative)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:opposite|inverse)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:logarithm|factorial)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:logarithm|factorial)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:absolute value|multiple)(?:\sof)?\s(?:the|this|that|our|his)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \b(?:absolute value|multiple)(?:\sof)?\s(?:her|its|their|your|my)?\s?(?:${UNKNOWNS})\s(?:is|was|equals?|are)
    \bwhose\s[\p{L}\s]{2,24}\sis
    (?:\b(?:squared|cubed|factorial)|\d\s?[a-z])\s+(?:is|equals?)
    \b(?:twice|half(?: of)?|double|triple|(?:square|cube|root|reciprocal|negative) of)\s(?:the\s)?[a-z]\s(?:is|equals?)
    (?<!\p{L})[a-z]\s(?:plus|minus|times|divided by)\s\S+\s(?:is|equals?)
    \b${LABELS}
  `) + String.raw`[\s("'*$\\]{1,4}$`,
  'iu',
);

/** Right after a value. */
const AFTER = new RegExp(
  String.raw`^[)\s"'*$\\]{0,4}` +
    anyOf(String.raw`
      (?:times|plus|minus|over|choose|mod|modulo)\s+(?:[$\\(]{0,2}\d|\p{L}(?!\p{L}))|times (?:as|the|that|more)\b
      (?:raised to|to the|out of|added to|subtracted from)\b
      (?:divided|multiplied|increased|decreased|reduced) by\b
      (?:percent|%|per cent)?\s*of\s+[$\\(]{0,2}\d
      (?:less|more|fewer|greater|older|younger|larger|smaller|bigger|higher|lower)\s+than\b
      [^.,;\d]{0,40}\b(?:plus|minus|times|divided by|multiplied by)\s+[$\\(]{0,2}\d
      (?:\p{L}+\s){0,3}too\s(?:few|many|much|little|high|low|big|small|large|short|long)\b
      (?:digits|letters|characters|words|pages) long\b
      (?:short of|away from)\b|(?:below|above|under)\s+\d
      (?:squared|cubed|factorial|doubled|tripled|halved|or so)\b
      -?ish\b|against\b
      and\s+(?:a|one|two|three)\s+${PARTS}\b
      (?:if|when|unless)\b.*\b(?:otherwise|else)\b
    `),
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
