/**
 * The words of LaTeX and of plain answers that the lexer and the parser know, as tables. A new spelling belongs here,
 * not in code. Sources: the LaTeX and amsmath command lists, and answers of the MATH data set.
 */

/** Commands and fonts for layout, without a meaning; their argument, if any, stays. */
export const SILENT_COMMANDS: ReadonlySet<string> = new Set(
  (
    ', ! ; : > quad qquad enspace thinspace displaystyle textstyle scriptstyle limits nolimits ' +
    'left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm ' +
    'boxed fbox mathbf bold boldsymbol bm mathit mathsf mathcal mathscr mathfrak mathnormal mathord mathop mathbin ' +
    'vec underline ensuremath rm bf it sf tt bfseries itshape scshape normalfont ' +
    'tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge scriptscriptstyle ' +
    'hfill noindent allowbreak nonumber notag strut mathstrut protect hline'
  ).split(' '),
);

/** Commands whose first arguments are not part of the answer, with their number. */
export const UNPRINTED_ARGUMENTS: ReadonlyMap<string, number> = new Map(
  'color textcolor colorbox pagecolor hspace vspace label tag phantom hphantom vphantom noalign'
    .split(' ')
    .map((name) => [name, 1]),
);

/** Commands that mark a vector: an i, j or k in them is a unit vector. */
export const VECTOR_COMMANDS: ReadonlySet<string> = new Set('mathbf hat vec boldsymbol bm'.split(' '));

/** Commands whose braced argument is text. */
export const TEXT_COMMANDS: ReadonlySet<string> = new Set(
  (
    'text textbf textit textrm textsf texttt textup textnormal mbox hbox emph mathrm operatorname ' +
    'operatorname* mathtt'
  ).split(' '),
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
  implies: 'Longrightarrow',
  iff: 'leftrightarrow Longleftrightarrow',
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
  tilde: 'widetilde',
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
  '∧': 'land wedge',
  '∨': 'lor vee',
  in: 'isin',
  cup: 'bigcup',
  cap: 'bigcap',
  $: 'textdollar',
  euro: 'texteuro EUR',
  pounds: 'textsterling pound',
  yen: 'textyen',
  nsubset: 'nsubseteq nsubseteqq',
  nsupset: 'nsupseteq nsupseteqq',
  'mathbb R': 'R Reals reals',
  'mathbb N': 'N',
  'mathbb Z': 'Z',
  'mathbb Q': 'Q',
});

/** Functions of the evaluator, by each of their names. */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...(
    'sin cos tan cot sec csc sinh cosh tanh coth sech csch asin acos atan acot asec acsc asinh acosh atanh ' +
    'exp ln log lg abs floor ceil gcd lcm min max sqrt cbrt binom factorial mod sgn arg Re Im det cis'
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
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon ' +
    'phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega hbar ell nabla partial ' +
    'aleph wp'
  ).split(' '),
);

/** Words between the items of a list. */
export const CONJUNCTIONS: ReadonlySet<string> = new Set(
  'and or und oder et ou y o e и или 和 或 及 と または bzw'.split(' '),
);

/** Words before a condition: `2k\pi \text{ where } k \in \mathbb{Z}`. */
export const CONDITION =
  /^\s*(?:where|with|when|if|for(?: \w{3,5})?|such that|given(?: that)?|provided(?: that)?)\s*$/i;

function aliases(table: Record<string, string>): Map<string, string> {
  const map = new Map<string, string>();
  for (const [canonical, names] of Object.entries(table)) {
    for (const name of names.split(' ')) map.set(name, canonical);
  }
  return map;
}

/** Commands with a meaning of their own in the parser. */
const KNOWN = new Set(
  (
    'frac sqrt pi infty pm mp cdot cup cap in notin ni subset subseteq supset supseteq emptyset forall exists ' +
    'to Rightarrow implies iff Leftrightarrow sum prod int lim limsup liminf oint over choose pmod bmod prime ' +
    'overline overrightarrow overleftarrow overleftrightarrow widehat bar angle triangle square therefore because ' +
    'lfloor rfloor lceil rceil mathbb begin end e i div ' +
    'equiv sim cong propto perp parallel stackrel underbrace overbrace substack color textcolor tag label not ' +
    'neg log ln ge le ne approx deg degree iint pounds euro yen hat tilde'
  ).split(' '),
);

/** Whether a command's name is in any table. */
export function isKnown(name: string): boolean {
  return (
    KNOWN.has(name) ||
    UNPRINTED_ARGUMENTS.has(name) ||
    GREEK.has(name) ||
    FUNCTIONS.has(name) ||
    SILENT_COMMANDS.has(name) ||
    TEXT_COMMANDS.has(name) ||
    COMMAND_ALIASES.has(name)
  );
}

/** `\quadx` is `\quad x`, `\pir` is `\pi r`: the longest known command of at least two letters at the start. */
export function longestKnownPrefix(name: string): string | undefined {
  for (let length = Math.min(name.length - 1, 16); length >= 2; length--) {
    const prefix = name.slice(0, length);
    if (isKnown(prefix)) return prefix;
  }
  return undefined;
}
