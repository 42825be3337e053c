/**
 * What is ruled out or only bounded: "not 7", "isn't B", "不是 A", "at least 7", "7 is wrong", "7 or more". Such a number
 * or letter is not what the text answers.
 */

/** Right before a value. */
const BEFORE = new RegExp(
  '(?:' +
    [
      // denials
      String.raw`\bnot(?: the answer)?(?: only)?|n['’]t(?: possibly)?|\bcannot(?: possibly)?|\bnever|\bno longer|\bneither|\bnor` +
        String.raw`|\bexcept(?: for)?|\bother than|\b(?:might|may|could)(?: well| possibly| also)?`,
      String.raw`\b(?:every|no(?:thing|one)?|any(?:thing|one)?) (?:\w+ )?but|\ball but|\bfar from` +
        String.raw`|\bdifferent from|\brather than|\binstead of|\bunequal to|\bwithout`,
      String.raw`\bno (?:es|est[áa])|\bnon(?: è)?|\bn[ãa]o (?:é|e)|\bnicht|\bkeine?|\bpas|\bne|\bniet|\bnie` +
        String.raw`|\binte|\bikke|\bкроме|(?<!\p{L})не|ليس(?:ت)?|不是|不可能是|并非|不|không phải(?: là)?|\bbukan|ไม่ใช่` +
        String.raw`|\bδεν(?: είναι)?|\bnem|\bnu(?: este)?|\bnení|\bei(?: ole)?|לא|איננה|≠|\\neq?|!=`,
      // bounds
      String.raw`\bat (?:least|most)|\b(?:more|less|fewer|greater|larger|smaller|higher|lower) than|\bup to` +
        String.raw`|\bexceeds?|\bbetween|\bmindestens|\bhöchstens`,
      String.raw`\bau (?:moins|plus)|\bal menos|\bcomo máximo|\bне (?:менее|более)|至少|至多|不超过|不少于`,
    ].join('|') +
    String.raw`)(?: be| is| equal(?: to)?| the| option)?[\s("'*$\\]{0,4}$`,
  'iu',
);
/** Right after a value. */
const AFTER = new RegExp(
  String.raw`^[)\s"'*$\\]{0,4}(?:(?:is|are|was|were|would be|seems|looks)\s(?:not|wrong|incorrect` +
    String.raw`|impossible|too|out)|isn['’]t|n['’]t|(?:or|and) (?:more|less|fewer|greater|above|over|up` +
    String.raw`|higher|below)|at (?:least|most)` +
    String.raw`|[이가은는]?\s?아니|[이가]?\s?아닙|では(?:あり|な)|じゃな|değil|नहीं|নয়|కాదు|அல்ல|نیست|不(?:对|正确))`,
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
  [
    String.raw`\b(?:doubt|nobody|no ?one|unsure|uncertain|unclear|unlikely|wonder|whether)\b`,
    String.raw`\b(?:do|does|did)(?: not|n['’]t) (?:think|believe|know|say)\b|\b(?:not|n['’]t) (?:sure|certain|clear)\b`,
    String.raw`\bnot (?:convinced|true|say)\b|\bfalse that|\bwrong to (?:say|conclude|think)|\bimpossible that`,
    String.raw`\bwould (?:have been|be)\b.*\bif\b|\bif .* were\b`,
    String.raw`\bmight (?:think|say|guess)\b|\b(?:maybe|perhaps|possibly)\b|\b(?:some|many|most|they|others)(?: people)? (?:say|think|claim|believe)\b`,
    String.raw`^\W*(?:suppose|assume|imagine|pretend|let['’]?s (?:suppose|assume|say)|let us (?:suppose|assume)|unless|hypothetically|what if|don['’]t)\b`,
  ].join('|'),
  'is',
);

/** Whether a sentence denies or doubts what it says. */
export function isDenied(sentence: string): boolean {
  return DENIED.test(sentence);
}
