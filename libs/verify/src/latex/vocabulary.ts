/**
 * The words of LaTeX and of plain answers that the lexer and the parser know, as tables. A new spelling belongs here, not
 * in code. Sources: the LaTeX and amsmath command lists, and answers of the MATH data set.
 */

/** Commands and fonts that say how to print and nothing about what is meant; their argument, if any, stays. */
export const SILENT_COMMANDS: ReadonlySet<string> = new Set(
  (
    ', ! ; : > quad qquad enspace thinspace hspace vspace displaystyle textstyle scriptstyle limits nolimits ' +
    'left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm ' +
    'boxed fbox mathbf bold boldsymbol bm mathit mathsf mathcal mathscr mathfrak mathnormal mathord mathop mathbin ' +
    'vec overrightarrow overleftarrow underline hat widehat tilde phantom ensuremath rm bf it sf tt ' +
    'hfill noindent allowbreak nonumber notag strut mathstrut protect cancel hline'
  ).split(' '),
);

/** Commands whose braced argument is text. */
export const TEXT_COMMANDS: ReadonlySet<string> = new Set(
  'text textbf textit textrm textsf texttt textup textnormal mbox hbox emph mathrm operatorname operatorname* mathtt'.split(
    ' ',
  ),
);

/** Other spellings of a command, by its canonical one. */
export const COMMAND_ALIASES: ReadonlyMap<string, string> = aliases({
  frac: 'dfrac tfrac cfrac nicefrac sfrac',
  binom: 'dbinom tbinom',
  cdot: 'times ast bullet',
  le: 'leq leqslant leqq',
  ge: 'geq geqslant geqq',
  ne: 'neq',
  '<': 'lt',
  '>': 'gt',
  approx: 'approxeq simeq thickapprox doteq',
  pi: 'uppi',
  e: 'exponentialE',
  i: 'imaginaryI imath',
  emptyset: 'varnothing O',
  to: 'rightarrow longrightarrow',
  setminus: 'backslash smallsetminus',
  '{': 'lbrace',
  '}': 'rbrace',
  '(': 'lgroup langle lparen',
  ')': 'rgroup rangle rparen',
  '[': 'lbrack',
  ']': 'rbrack',
  '|': 'vert lvert rvert',
  '||': 'Vert lVert rVert',
  mid: 'colon',
  epsilon: 'varepsilon',
  phi: 'varphi',
  theta: 'vartheta',
  rho: 'varrho',
  sigma: 'varsigma',
  ldots: 'dots dotsc dotsb cdots dotso hdots',
  degree: 'degrees circ',
  '%': 'percent',
  infty: 'infinity inf',
  neg: 'lnot',
  and: 'land wedge',
  or: 'lor vee',
  in: 'isin',
  cup: 'bigcup',
  cap: 'bigcap',
  $: 'textdollar pounds euro yen',
});

/** Functions of the evaluator, by every name they are written with. */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...(
    'sin cos tan cot sec csc sinh cosh tanh coth sech csch asin acos atan acot asec acsc asinh acosh atanh ' +
    'exp ln log lg abs floor ceil gcd lcm min max sqrt cbrt binom factorial mod sgn arg Re Im det'
  )
    .split(' ')
    .map((name): [string, string] => [name, name]),
  ...aliases({
    asin: 'arcsin',
    acos: 'arccos',
    atan: 'arctan arctg atg',
    acot: 'arccot arcctg',
    asec: 'arcsec',
    acsc: 'arccsc',
    asinh: 'arcsinh arsinh',
    acosh: 'arccosh arcosh',
    atanh: 'arctanh artanh',
    tan: 'tg',
    cot: 'ctg cotg',
    csc: 'cosec',
    tanh: 'th',
    ceil: 'ceiling',
    sgn: 'sign',
    gcd: 'hcf',
  }),
]);

/** Letters of other alphabets that name a symbol. */
export const GREEK: ReadonlySet<string> = new Set(
  (
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi psi ' +
    'omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega hbar ell nabla partial aleph wp'
  ).split(' '),
);

/** Words between the items of a list. */
export const CONJUNCTIONS: ReadonlySet<string> = new Set(
  'and or und oder et ou y o e и или 和 或 及 と または bzw'.split(' '),
);

/** Characters that stand for a command or an ASCII spelling. */
export const CHARACTERS: ReadonlyMap<string, string> = new Map(
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

function aliases(table: Record<string, string>): Map<string, string> {
  const map = new Map<string, string>();
  for (const [canonical, names] of Object.entries(table)) {
    for (const name of names.split(' ')) map.set(name, canonical);
  }
  return map;
}
