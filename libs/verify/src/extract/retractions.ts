/** Statements that are taken back: "The answer is 7. Wait, no, it is 8." */
import { anyOf } from './pattern.js';

/** After one of these the text goes on to another answer. */
const CHANGE = new RegExp(
  String.raw`(?<!\p{L})` +
    anyOf(String.raw`
      (?:wait|oops|whoops|actually|hmm+|or rather|on second thoughts?|my mistake|my bad)(?!\p{L})
      (?:just kidding|scratch that|never ?mind|correction\s?:|no,|no wait)
      i (?:meant|mean|misspoke|miscalculated|take (?:that|it) back|made an? (?:\p{L}+ )?(?:mistake|error))(?!\p{L})
      sorry,? (?:i|the|that|it)(?!\p{L})
      let me (?:re\p{L}+|double[- ]?check|correct|fix|try)(?!\p{L})
    `),
  'iu',
);

const SAID = String.raw`(?:that|this|it|which)(?:['’]s| is| was| can['’]?t be| cannot be| seems| looks)?`;
/** A refusal by itself. "It is not true that" denies what follows, not what was said before. */
const REFUSAL = new RegExp(
  String.raw`(?<!\p{L})` +
    anyOf(String.raw`
      ${SAID}\s(?:is\s)?(?:wrong|incorrect|false|not (?:right|correct|true)|a mistake|impossible)
      i was (?:wrong|mistaken)
      that['’]s not (?:right|correct|it)
      is (?:wrong|incorrect)
    `) +
    String.raw`(?!\p{L}|\s(?:that|to)\b)`,
  'iu',
);
const DROPPED = /^\W*(?:scratch that|never ?mind|just kidding)\b/i;

/** The text after the first retraction in `text`; undefined where nothing is taken back. */
export function afterRetraction(text: string): string | undefined {
  const found = [CHANGE.exec(text), REFUSAL.exec(text)].filter((match) => match !== null);
  if (found.length === 0) return undefined;
  const first = found.reduce((a, b) => (b.index < a.index ? b : a));
  return text.slice(first.index + first[0].length).replace(/^[\s,.:;!—–-]+/, '');
}

/** The rest of a sentence behind "that is wrong" and the like; undefined where it refuses nothing. */
export function afterRefusal(sentence: string): string | undefined {
  const refusal = REFUSAL.exec(sentence) ?? DROPPED.exec(sentence);
  return refusal === null ? undefined : sentence.slice(refusal.index + refusal[0].length);
}
