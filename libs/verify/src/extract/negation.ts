/** "not 7", "isn't B", "不是 A": what is ruled out right before a number, a formula or a letter. */

const RULED_OUT =
  /(?:\bnot(?: the answer)?|n['’]t|\bnon|\bnicht|\bpas|\bne|\bкроме|\bне|不是|不|≠|\\neq?|!=)(?: be| equal(?: to)?)?[\s("'*$]{0,4}$/iu;
/** Characters before the place that are looked at. */
const WINDOW = 28;

/** Whether what stands at `at` in `text` is ruled out by the words before it. */
export function isRuledOut(text: string, at: number): boolean {
  return RULED_OUT.test(text.slice(Math.max(0, at - WINDOW), at));
}
