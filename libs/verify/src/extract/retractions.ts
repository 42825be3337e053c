/** Statements that are taken back: "The answer is 7. Wait, no, it is 8." */

/** After one of these the text goes on to another answer. */
const CHANGES =
  String.raw`wait|oops|whoops|just kidding|correction\s?:|on second thoughts?|scratch that|never ?mind|my mistake|my bad` +
  String.raw`|i (?:meant|mean|misspoke|miscalculated|take (?:that|it) back|made (?:a|an)\b)|sorry,? (?:i|the|that|it)|or rather|hmm+` +
  String.raw`|let me (?:re|double[- ]?check|correct|fix|try)|actually|no,|no wait`;
const REFUSALS =
  String.raw`(?:that|this|it|which)(?:['’]s| is| was| can['’]?t be| cannot be| seems| looks)?\s(?:is\s)?(?:wrong|incorrect|false|not (?:right|correct|true)|a mistake|impossible)` +
  String.raw`|i was (?:wrong|mistaken)|that['’]s not (?:right|correct|it)|is (?:wrong|incorrect)`;

const CHANGE = new RegExp(String.raw`(?<!\p{L})(?:${CHANGES})`, 'iu');
/** "It is not true that" denies what follows, not what was said before. */
const REFUSAL = new RegExp(String.raw`(?<![\p{L}])(?:${REFUSALS})(?!\p{L}|\s(?:that|to)\b)`, 'iu');

/** The text after the first retraction in `text`; undefined where nothing is taken back. */
export function afterRetraction(text: string): string | undefined {
  const found = [CHANGE.exec(text), REFUSAL.exec(text)].filter((match) => match !== null);
  if (found.length === 0) return undefined;
  const first = found.reduce((a, b) => (b.index < a.index ? b : a));
  return text.slice(first.index + first[0].length).replace(/^[\s,.:;!—–-]+/, '');
}

/** The rest of a sentence behind "that is wrong" and the like; undefined where it refuses nothing. */
export function afterRefusal(sentence: string): string | undefined {
  const refusal = REFUSAL.exec(sentence) ?? /^\W*(?:scratch that|never ?mind|just kidding)\b/i.exec(sentence);
  return refusal === null ? undefined : sentence.slice(refusal.index + refusal[0].length);
}
