/**
 * What is ruled out or only bounded ("not 7", "isn't B", "不是 A", "at least 7", "7 is wrong", "7 or more"), and
 * sentences that deny, doubt or suppose. None of it is what the text answers.
 */
import { anyOf } from './pattern.js';

/** Right before a value. */
const BEFORE = new RegExp(
  anyOf(String.raw`
    \bnot(?: the answer)?(?: only)?|n['’]t(?: possibly)?|\bcannot(?: possibly)?|\bnever|\bno longer|\bneither|\bnor
    \bexcept(?: for)?|\bother than|\b(?:might|may|could)(?: well| possibly| also)?
    \b(?:every|no(?:thing|one)?|any(?:thing|one)?) (?:\w+ )?but|\ball (?:\w+ ){0,3}but
    \bnot (?:choose|pick|select|go with|take)|\bfar from
    \bdiffer(?:ent|s)? from|\b(?:reject|exclude|eliminate|discard|rule out|ruled out)
    \brather than|\binstead of|\bunequal to|\bwithout
    \bno (?:es|est[áa])|\bnon(?: è)?|\bn[ãa]o (?:é|e)|\bnicht|\bkeine?|\bpas|\bne|\bniet|\bnie
    \binte|\bikke|\bкроме|(?<!\p{L})не|ليس(?:ت)?|不是|不可能是|并非|不|không phải(?: là)?|\bbukan|ไม่ใช่
    \bδεν(?: είναι)?|\bnem|\bnu(?: este)?|\bnení|\bei(?: ole)?|לא|איננה|≠|\\neq?|!=
    \bat (?:least|most)|\b(?:more|less|fewer|greater|larger|smaller|higher|lower) than|\bup to
    \bexceeds?|\bbetween|\bmindestens|\bhöchstens
    \bau (?:moins|plus)|\bal menos|\bcomo máximo|\bне (?:менее|более)|至少|至多|不超过|不少于|小于|大于|多于|少于|不等于|不到|超过|接近
    \b(?:kleiner|größer|weniger|mehr|geringer|höher) als|\bungleich
    \b(?:menor|mayor|menos|más|maior|mais) (?:que|de|do que)|\bdistint[oa] (?:de|a)|\bdifférente? de
    \b(?:inférieure?|supérieure?) à|\b(?:moins|plus) de|\b(?:minore|maggiore|meno|più) (?:di|a)
    (?<!\p{L})(?:меньше|больше|более|менее|не равен|не равна|не равно)(?: чем)?
  `) + String.raw`(?: be| is| equal(?: to)?| the| option)?[\s("'*$\\]{0,4}$`,
  'iu',
);
/** Right after a value. */
const AFTER = new RegExp(
  String.raw`^[)\s"'*$\\]{0,4}` +
    anyOf(String.raw`
      (?:can|could|should|must|may|is|was|gets)\s(?:be\s)?(?:eliminated|ruled out|excluded)
      (?:can|could|should|must|may|is|was|gets)\s(?:be\s)?(?:rejected|discarded|crossed out|dismissed)
      (?:is|are|was|were|would be|seems|looks)\s(?:not|wrong|incorrect|impossible|too|out)
      is (?:only |just |merely )?an? (?:guess|estimate)
      (?:cannot|can not|can['’]?t|could not|couldn['’]?t)(?: possibly)? be
      isn['’]t|n['’]t|(?:or|and) (?:more|less|fewer|greater|above|over|up|higher|below)|at (?:least|most)
      [이가은는]?\s?아니|[이가]?\s?아닙|では(?:あり|な)|じゃな|değil|नहीं|নয়|కాదు|அல்ல|نیست|不(?:对|正确)
    `),
  'iu',
);
/** Characters before and after a value that are looked at. */
const WINDOW = 36;

/** Whether the value from `start` to `end` in `text` is ruled out, or only bounded, by the words around it. */
export function isRuledOut(text: string, start: number, end: number): boolean {
  return (
    BEFORE.test(text.slice(Math.max(0, start - WINDOW), start)) || AFTER.test(text.slice(end, end + WINDOW))
  );
}

/** A sentence that denies its statement, doubts it, supposes it, or leaves it to others. */
const DENIED = new RegExp(
  anyOf(String.raw`
    \b(?:doubt|doubtful|nobody|no ?one|unsure|uncertain|unclear|unlikely|wonder|whether|maybe|perhaps|possibly)\b
    \b(?:do|does|did)(?: not|n['’]t) (?:think|believe|know|say)\b|\b(?:not|n['’]t) (?:sure|certain|clear)\b
    \b(?:wrong|incorrect|false|mistaken|invalid) (?:choice|option|value|number|result|solution|total|sum|one)\b
    (?<!\p{L})(?:vielleicht|möglicherweise|vermutlich|peut-être)(?!\p{L})
    (?<!\p{L})(?:sans doute|probablement|quizás?|tal vez|talvez)(?!\p{L})
    (?<!\p{L})(?:acaso|forse|может быть|возможно|наверное)(?!\p{L})
    (?<!\p{L})(?:вероятно|предположим|misschien|może|belki|mungkin)(?!\p{L})
    可能是|也许|或许|大概|たぶん|かもしれ|아마
    (?<!\p{L})(?:falsch|falsa|falso|faux|fausse|incorrect[oae]?|équivoqué|sbagliat[oa])(?!\p{L})
    (?<!\p{L})(?:errad[oa]|неверн\p{L}*|неправильн\p{L}*|fout|błędn\p{L}*|yanlış)(?!\p{L})
    错误|错的|是错|間違|틀렸|틀린
    \bnot (?:convinced|true|say)\b|\bnot that [$\\(]{0,2}-?\d
    \bfalse that|\bwrong to (?:say|conclude|think)|\bimpossible that
    \bwould (?:have been|be)\b.*\bif\b|\bif .* were\b
    \bmight (?:think|say|guess)\b|\b(?:some|many|most|they|others)(?: people)? (?:say|think|claim|believe)\b
    ^\W*(?:prove|show|verify|check|disprove|explain|determine|decide|find)\s(?:that|whether|if|why)\b
    ^\W*(?:suppose|assume|imagine|pretend|unless|hypothetically|what if|don['’]t)\b
    ^\W*(?:for the sake of argument|provided|only if)\b
    ^\W*let(?:['’]?s| us) (?:suppose|assume|say)\b
  `),
  'isu',
);

/** Whether a sentence denies or doubts what it says. */
export function isDenied(sentence: string): boolean {
  return DENIED.test(sentence);
}
