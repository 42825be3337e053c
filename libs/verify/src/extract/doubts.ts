/**
 * Words that take the force out of an English statement: doubt, estimates, opinions of others, suppositions, errors,
 * jokes. "She claims that it is 7", "my guess is 7" and "it would be 7 if the die were fair" state no 7.
 *
 * The lists are about words; `negation.ts` and `operations.ts` are about what stands right beside a value.
 */

/** Denial: what is false, refused, or wrong. */
const DENIAL = String.raw`
  den(?:y|ies|ied|ying)|refut\w+|disprov\w+|contradict\w*|reject\w*|dismiss\w*|disagree\w*
  disput\w+|rul(?:e|es|ed|ing) (?:(?:it|that|this|one|\d+) )?out|crossed out|struck out|off by
  wrong(?:ly)?|incorrect(?:ly)?|false(?:ly)?|untrue|inaccurate\w*|mistak\w+|erroneous(?:ly)?|in error|invalid
  impossible|bogus|fake|myths?|(?:is|was) a lie|lied|absurd|nonsens\w+|ridiculous|typos?
  mis(?:calcul|print|read|count|t)\w+
  flawed|faulty|outdated|obsolete|nope|nah|forgot|forgotten|overlook\w*|double[- ]count\w*|blunder\w*
  (?:cannot|can['’]t|could(?:n['’]t| not)) (?:tell|say|decide|be sure|determine|know)|gave up|give up
  no idea|don['’]t know|not sure
  (?:my|an|the|a \w+|sign) (?:error|mistake)|at first|a trap|quote me|the same as
  left as an exercise|extraneous|inadmissible|left to the reader|fails the|pick an?|hint|confidence|spoiler
  see (?:page|section|chapter|references?|the (?:reference|appendix|next|book))|tempting|distractor|decoy
  naive(?:ly)?|careless\w*|misconception
  (?:no|not an?) (?:answer|solution|way|such)
  (?:is|are|was|does|do|did) not (?:right|correct|it|the|true|possible|enough|work|fit|hold)
`;
/** Doubt and estimates. */
const DOUBT = String.raw`
  maybe|perhaps|possibly|probably|presum\w+|suppos\w+|alleg\w+|apparent(?:ly)?|seem\w*|reported(?:ly)?
  purported\w*|might|doubt\w*|unsure|uncertain\w*|unclear|unlikely|wonder\w*|whether|guess\w*|suspect\w*|hunch
  conject\w+|hypoth\w+|speculat\w+|estimat\w+|ballpark|tentativ\w+|gambl\w+|my bet
  i(?:['’]d)? (?:would )?(?:bet|hope|wish)
  unproven|unverified|unconfirmed|rumou?r\w*|arguabl[ey]|plausibl[ey]|candidates?|rough(?:ly)? speaking
  lower bounds?|upper bounds?|is an? (?:\w+ )?(?:bound|example)|placeholder|closest (?:i|we) got
  is (?:unknown|undetermined)|at random
`;
/** What somebody else says, or what was thought before. */
const REPORT = String.raw`
  claim\w*|assert\w*|argu(?:e|es|ed|ing|able)|believed (?:that|to)
  (?:i|we) (?:checked|tried|tested|used|needed|spent|worked|did|took|read)|insist\w*|according to|opinion
  (?<!\b(?:i|we) )(?:thinks?|believes?)
  thought|(?:says?|said|saying)|told|wrote|predict\w*|initially|originally thought|used to|previous(?:ly)?
  (?:first|second|earlier|old|former) (?:attempt|guess|try|answer|result)|first got|pretend\w*|joke|jokes
  joking|kidding
  (?:book|key|textbook|manual|calculator|teacher|student|friend)(?:['’]s)? (?:gives?|gave|has|shows?|lists?|answer)
`;
/** What holds in some other case. */
const SUPPOSITION = String.raw`
  unless|if only|^\W*(?:were|had|should) (?:the|it|we|i|he|she|they|there)|as if|as though
  imagin\w+|assum(?:e|es|ed|ing)|what if|were it
  had (?:it|we|i|you|they|he|she|there)|would have|to (?:get|obtain|reach) .{1,40} (?:would|must|need)
  if .{1,60} were
  if .{0,40}\b(?:ignore|forget|neglect|had)\b|in case|otherwise|only if|on condition|let [a-z] be|ideally
  hypothetical\w*|if (?:the answer|it|that) (?:is|was)(?:n['’]t| not)
`;

const word = (words: string): RegExp =>
  new RegExp(String.raw`(?<!\p{L})(?:${words.trim().replace(/\s*\n\s*/g, '|')})(?!\p{L})`, 'iu');
const DOUBTED = word([DENIAL, DOUBT, REPORT].map((words) => words.trim()).join('\n'));
const SUPPOSED = word(SUPPOSITION);
/** Of the clause alone: what is denied beside a statement does not touch it. */
const DENYING = word("cannot|can['’]t|never|nobody|no one|none|nor|isn['’]t|aren['’]t|wasn['’]t");

/** "It isn't 8, it's 9": what is denied is another value, and the clause behind the comma states its own. */
const CORRECTS = new RegExp(
  String.raw`(?<=(?:n['’]t|\bnot)\s[$\\(]{0,2}-?\d[^\s,;]{0,20}(?:\s\p{L}{1,20})?),\s` +
    String.raw`(?=(?:it|that|this)(?:['’]s|\s(?:is|was))\s)`,
  'u',
);

/** Where the text takes back a case that it has supposed. */
const CONTRAST = word(String.raw`
  but|however|in fact|in reality|instead|yet|rather|actually|who is right
`);
/** Where a new statement starts that what was said before does not touch. */
const TURN = word(String.raw`
  but|however|so|thus|therefore|hence|in fact|in reality|instead|yet|then|rather|actually|who is right|while
`);
/** Punctuation that ends a statement, inside a sentence. */
const STOP = /[;—]|\s[–-]\s|[.!?]\s/g;

/** Where a reason, or what the value is not, starts. */
const ASIDE =
  /(?<!\p{L})(?:since|because|as (?:we|it|the|there))(?!\p{L})|,? (?:and )?not\s[$\\(]{0,2}-?\d|,? rather than/iu;

/** Whether the statement of the value between `before` and `after` is doubted, denied, or somebody else's. */
export function isDoubted(before: string, after: string): boolean {
  const clause = behindLast(TURN, behindLast(STOP, before));
  const aside = ASIDE.exec(after);
  const rest = aside === null ? after : after.slice(0, aside.index);
  if (DOUBTED.test(clause) || DENYING.test(behindLast(CORRECTS, clause)) || DOUBTED.test(rest)) return true;
  return SUPPOSED.test(behindLast(CONTRAST, before)) || SUPPOSED.test(rest);
}

function behindLast(pattern: RegExp, text: string): string {
  let from = 0;
  for (const match of text.matchAll(new RegExp(pattern, 'giu'))) from = match.index + match[0].length;
  return text.slice(from);
}

/** Whether a name or label makes what follows no answer: "Guess: 7". */
export function isDoubtful(label: string): boolean {
  return DOUBTED.test(label) || /\bnot\b/i.test(label);
}
