/**
 * What stands in an answer in place of LaTeX: Unicode operators and digits, Markdown around it, doubled backslashes. The
 * result has one spelling, in ASCII wherever there is one.
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
  // eslint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  let plain = '';
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (/\p{Nd}/u.test(c)) plain += digitOf(c);
    else if (code >= 0xff01 && code <= 0xff5e) plain += String.fromCharCode(code - 0xfee0);
    else plain += CHARACTERS.get(c) ?? c;
  }
  return plain;
}

/** The ASCII digit of a decimal digit of any script: they come in runs of ten, zero first. */
function digitOf(c: string): string {
  const code = c.codePointAt(0)!;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

/** Characters that stand for a command or an ASCII spelling. */
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
    '∧': '\\and ',
    '∨': '\\or ',
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
    '⁰': '^{0}',
    '¹': '^{1}',
    '²': '^{2}',
    '³': '^{3}',
    '⁴': '^{4}',
    '⁵': '^{5}',
    '⁶': '^{6}',
    '⁷': '^{7}',
    '⁸': '^{8}',
    '⁹': '^{9}',
    ⁿ: '^{n}',
    '₀': '_{0}',
    '₁': '_{1}',
    '₂': '_{2}',
    '₃': '_{3}',
    '₄': '_{4}',
    '₅': '_{5}',
    '₆': '_{6}',
    '₇': '_{7}',
    '₈': '_{8}',
    '₉': '_{9}',
    '。': '. ',
    '、': ', ',
    '€': '\\$',
    '£': '\\$',
    '¥': '\\$',
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
