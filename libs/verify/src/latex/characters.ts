/**
 * Normalises characters that answers use instead of LaTeX: Unicode operators and digits, Markdown around the answer,
 * doubled backslashes. The result has one spelling, in ASCII wherever possible.
 */

/** Markdown around an answer. */
const EMPHASIS = /^\s*(?:\*\*|__|`)([^*`]*)(?:\*\*|__|`)\s*$/;

/** `answer` in one spelling. */
export function plainText(answer: string): string {
  return plainCharacters(singleEscapes(answer.replace(EMPHASIS, '$1')));
}

/** Undoes a JSON-style double escaping when every command is written with two backslashes. */
function singleEscapes(text: string): string {
  if (!/\\\\[A-Za-z]{2}/.test(text) || /(^|[^\\])\\[A-Za-z]/.test(text)) return text;
  return text.replaceAll('\\\\', '\\');
}

/** Full-width forms to ASCII and single characters to their command. */
function plainCharacters(text: string): string {
  // Most answers are ASCII.
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  let plain = '';
  const raised = text.replace(SUPERSCRIPTS, (run) => `^{${spelled(run)}}`);
  for (const c of raised.replace(SUBSCRIPTS, (run) => `_{${spelled(run)}}`)) {
    const code = c.codePointAt(0)!;
    if (/\p{Nd}/u.test(c)) plain += digitOf(c);
    else if (code >= 0xff01 && code <= 0xff5e) plain += String.fromCharCode(code - 0xfee0);
    else plain += CHARACTERS.get(c) ?? c;
  }
  return plain;
}

const SUPERSCRIPTS = /[⁰¹²³⁴-⁹⁺⁻ⁿⁱ]+/g;
const SUBSCRIPTS = /[₀-₉₊₋ₙ]+/g;
const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ₀₁₂₃₄₅₆₇₈₉₊₋ₙ';
const LEVEL = '0123456789+-ni0123456789+-n';

/** Superscripts or subscripts on the line: a run of them is one exponent or index. */
function spelled(run: string): string {
  return [...run].map((c) => LEVEL[RAISED.indexOf(c)]!).join('');
}

/** The ASCII digit of a decimal digit of any script: they come in runs of ten, zero first. */
function digitOf(c: string): string {
  const code = c.codePointAt(0)!;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

/** Characters with the command or the ASCII text that they mean. */
const CHARACTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '×': '\\cdot ',
    '·': '\\cdot ',
    '⋅': '\\cdot ',
    '∙': '\\cdot ',
    '÷': '/',
    '∕': '/',
    '⁄': '/',
    '−': '-',
    '–': '-',
    '—': '-',
    '‐': '-',
    '‑': '-',
    '∗': '*',
    '≤': '\\le ',
    '≥': '\\ge ',
    '⩽': '\\le ',
    '⩾': '\\ge ',
    '≠': '\\ne ',
    '≈': '\\approx ',
    '≃': '\\approx ',
    '∞': '\\infty ',
    π: '\\pi ',
    '√': '\\sqrt ',
    '∛': '\\cbrt ',
    '°': '\\degree ',
    º: '\\degree ',
    '±': '\\pm ',
    '∓': '\\mp ',
    '∪': '\\cup ',
    '∩': '\\cap ',
    '∖': '\\setminus ',
    '∅': '\\emptyset ',
    '∈': '\\in ',
    '∉': '\\notin ',
    '⊆': '\\subseteq ',
    '⊂': '\\subset ',
    '⊇': '\\supseteq ',
    '⊃': '\\supset ',
    ℝ: '\\mathbb{R}',
    ℤ: '\\mathbb{Z}',
    ℕ: '\\mathbb{N}',
    ℚ: '\\mathbb{Q}',
    ℂ: '\\mathbb{C}',
    '∧': '\\land ',
    '∨': '\\lor ',
    '¬': '\\neg ',
    '→': '\\to ',
    '⇒': '\\Rightarrow ',
    '∫': '\\int ',
    '∑': '\\sum ',
    '∏': '\\prod ',
    '′': "'",
    '’': "'",
    '…': '\\ldots ',
    '⌊': '\\lfloor ',
    '⌋': '\\rfloor ',
    '⌈': '\\lceil ',
    '⌉': '\\rceil ',
    '⟨': '(',
    '⟩': ')',
    '½': '\\frac{1}{2}',
    '⅓': '\\frac{1}{3}',
    '⅔': '\\frac{2}{3}',
    '¼': '\\frac{1}{4}',
    '¾': '\\frac{3}{4}',
    '⅕': '\\frac{1}{5}',
    '⅛': '\\frac{1}{8}',
    '。': '. ',
    '、': ', ',
    '€': '\\euro ',
    '£': '\\pounds ',
    '¥': '\\yen ',
    '।': '. ',
    '″': "''",
    µ: '\\mu ',
    '⊄': '\\nsubset ',
    '⊈': '\\nsubset ',
    ℓ: '\\ell ',
    Σ: '\\Sigma ',
    Γ: '\\Gamma ',
    Λ: '\\Lambda ',
    Π: '\\Pi ',
    Θ: '\\Theta ',
    ζ: '\\zeta ',
    η: '\\eta ',
    κ: '\\kappa ',
    ν: '\\nu ',
    ξ: '\\xi ',
    χ: '\\chi ',
    Ψ: '\\Psi ',
    '⇔': '\\iff ',
    '⅙': '\\frac{1}{6}',
    '⅜': '\\frac{3}{8}',
    '⅝': '\\frac{5}{8}',
    '⅞': '\\frac{7}{8}',
    '⅖': '\\frac{2}{5}',
    '⅗': '\\frac{3}{5}',
    '⅘': '\\frac{4}{5}',

    α: '\\alpha ',
    β: '\\beta ',
    γ: '\\gamma ',
    δ: '\\delta ',
    ε: '\\epsilon ',
    θ: '\\theta ',
    λ: '\\lambda ',
    μ: '\\mu ',
    ρ: '\\rho ',
    σ: '\\sigma ',
    τ: '\\tau ',
    φ: '\\phi ',
    ϕ: '\\phi ',
    ψ: '\\psi ',
    ω: '\\omega ',
    Δ: '\\Delta ',
    Φ: '\\Phi ',
    Ω: '\\Omega ',
    '\u00a0': ' ',
    '\u2009': ' ',
    '\u202f': ' ',
    '\u200b': '',
    '\ufeff': '',
    '\u2061': '',
    '\u2062': '',
  }),
);
