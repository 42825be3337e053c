/**
 * Operations in words that an announced answer consists of: "half of 32", "the sum of 3 and 7", "7 less than 10". Only
 * where the whole text is one, so nothing is left over; what is not in the table is no answer.
 */
const NUMBER = String.raw`\$?\s?(-?\d{1,15}(?:,\d{3})*(?:\.\d{1,15})?)\s?\$?`;

const RULES: readonly (readonly [pattern: string, latex: string])[] = [
  ['half of A', '\\frac{A}{2}'],
  ['(?:a|one)[ -]third of A', '\\frac{A}{3}'],
  ['(?:a|one)[ -](?:quarter|fourth) of A', '\\frac{A}{4}'],
  ['two[ -]thirds of A', '\\frac{2A}{3}'],
  ['three[ -](?:quarters|fourths) of A', '\\frac{3A}{4}'],
  ['(?:twice|double) A', '2\\cdot A'],
  ['(?:thrice|triple|three times) A', '3\\cdot A'],
  ['(?:the )?square of A|A squared', '(A)^2'],
  ['(?:the )?cube of A|A cubed', '(A)^3'],
  ['(?:the )?square root of A', '\\sqrt{A}'],
  ['(?:the )?cube root of A', '\\sqrt[3]{A}'],
  ['(?:the )?reciprocal of A', '\\frac{1}{A}'],
  ['(?:the )?(?:negative|opposite) of A', '-(A)'],
  ['(?:the )?sum of A and B|A plus B|A more than B|A added to B', 'A+B'],
  ['(?:the )?difference (?:of|between) A and B|A minus B|B less than A|B subtracted from A', 'A-B'],
  ['(?:the )?product of A and B|A times B|A multiplied by B', 'A\\cdot B'],
  ['(?:the )?quotient of A and B|A divided by B|A over B', '\\frac{A}{B}'],
  ['A (?:percent|per cent|%) of B', '\\frac{A\\cdot B}{100}'],
  ['A factorial', 'A!'],
];

const PATTERNS = RULES.flatMap(([patterns, latex]) =>
  patterns.split(/\|(?![^(]*\))/).map((pattern) => ({ pattern: named(pattern), latex })),
);

/** The words as a pattern: A and B are numbers. */
function named(words: string): RegExp {
  const pattern = words.replace(/\b[AB]\b/g, (name) => NUMBER.replace('(-', `(?<${name}>-`));
  return new RegExp(`^${pattern}[.\\s]*$`, 'i');
}

/** The operation that `text` is, in LaTeX; undefined for anything else. */
export function spokenOperation(text: string): string | undefined {
  if (text.length > 80) return undefined;
  for (const { pattern, latex } of PATTERNS) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    return latex.replace(/[AB]/g, (name) => groups[name]!.replaceAll(',', ''));
  }
  return undefined;
}
