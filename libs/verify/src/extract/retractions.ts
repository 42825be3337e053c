/** Statements that are taken back: "The answer is 7. Wait, no, it is 8." */
import { anyOf } from './pattern.js';

/** What was left out or done wrong. */
const OMITTED =
  String.raw`i (?:forgot|neglected|overlooked|missed|should have|double[- ]counted` +
  String.raw`|mis(?:read|count\p{L}*|calculated))`;
/** After one of these the text goes on to another answer. */
const CHANGE = new RegExp(
  String.raw`(?<!\p{L})` +
    anyOf(String.raw`
      (?:wait|oops|whoops|actually|hmm+|or rather|on second thoughts?|my mistake|my bad)(?!\p{L})
      (?:just kidding|scratch that|strike that|never ?mind|correction\s?:|no,|no wait)
      (?:hold on|hang on|just a (?:second|sec|moment|minute)|come to think of it)(?!\p{L})
      ${OMITTED}(?!\p{L})
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
      (?:is|was) (?:wrong|incorrect|mistaken)
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

/** "No other solution" and "no need to check" take nothing back. */
const FURTHER = String.raw`(?!\s(?:other|more|further|need))`;
const SUBJECT = String.raw`(?:that|this|it|which|the (?:above|answer|result)|my answer)`;
const REFUSED =
  String.raw`(?:n?['’]t|not|wrong|incorrect|false|impossible|mistaken` +
  String.raw`|a (?:mistake|joke|lie|guess|typo|trap))`;
const FAILS =
  String.raw`(?:wrong|incorrect|false|contradict\p{L}*|impossible|mistake\p{L}*|error|fails?|invalid|rejected` +
  String.raw`|not (?:allowed|valid|possible))`;
const FALSE = '(?:not|false|wrong|incorrect|to be)';
const CLAIM = '(?:claim|conjecture|guess|statement|hypothesis|assumption|argument|answer)';
/** A later sentence that takes back what was said. */
const WITHDRAWN = new RegExp(
  anyOf(String.raw`
    ^\W*(?:no|nope|nah|not|wrong|incorrect|false|never|(?:just )?kidding|psych|april fools|oops|or)(?!\p{L})${FURTHER}
    ^\W*(?:hold on|hang on|strike that|just a (?:second|sec|moment|minute))(?!\p{L})
    (?<!\p{L})${SUBJECT}(?:['’]s| is| was| would be| looks| seems| can(?=['’n]))\s?(?:\p{L}+\s){0,2}${REFUSED}(?!\p{L})
    (?<!\p{L})${OMITTED}(?!\p{L})
    (?<!\p{L})(?:i(?:['’]m| am)? )(?:not|un)\s?(?:sure|certain|convinced)(?!\p{L})
    (?<!\p{L})i (?:don['’]t|do not) (?:think|believe|know|trust)
    (?<!\p{L})i (?:doubt|lied|was joking|take (?:it|that) back|made (?:a|an) )
    ^\W*(?:but|however|wait|hmm+|unfortunately|yet|though)(?!\p{L}).*(?<!\p{L})${FAILS}(?!\p{L})
    (?<!\p{L})(?:the|my|this|that|our) ${CLAIM} (?:is|was|fails|turns out)\s${FALSE}?(?!\p{L})
    (?<!\p{L})(?:ignore|disregard|forget|discard|retract|withdraw) (?:that|this|it|my|the|what)(?!\p{L})
    (?<!\p{L})(?:that|this) is what (?:\p{L}+\s){1,3}(?:says?|said|thinks?|claims?|told)(?!\p{L})
  `),
  'iu',
);

/** Whether one of the sentences behind an answer takes it back. */
export function isWithdrawn(sentences: readonly string[]): boolean {
  return sentences.some((sentence) => WITHDRAWN.test(sentence));
}

/** Words that a text behind an announced answer has where it goes on about the answer rather than about the problem. */
const UNSETTLED = new RegExp(
  String.raw`(?<!\p{L})` +
    anyOf(String.raw`
      i(?!\shope\s(?:it|this|that))|i['’](?:m|d|ve)|but|however|although|though|yet|or|hmm+|actually|rather
      instead|correction
      edit|update|revised|misread|recheck|re-check|strike|maybe|perhaps|possibly|guess\p{L}*
      joking|kidding|reflection|second thoughts?|trust|quote
      careful|unless|unsure
    `) +
    String.raw`(?!\p{L})`,
  'iu',
);

/** Whether the text behind an announced answer unsettles it: a doubt, a question, an alternative. */
export function isUnsettled(rest: string, sentences: readonly string[]): boolean {
  return (
    isWithdrawn(sentences) || sentences.some((sentence) => UNSETTLED.test(sentence)) || /[?？]/.test(rest)
  );
}
