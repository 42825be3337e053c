/**
 * What grading returns. The reward levels are the paper's (arXiv 2601.18778, section 2.3); verdicts that are neither
 * CORRECT nor INCORRECT are counted apart and never rewarded as correct.
 */

export type Verdict = 'CORRECT' | 'INCORRECT' | 'NO_ANSWER' | 'GOLD_UNPARSEABLE' | 'UNDECIDED' | 'TIMEOUT';

export interface Verification {
  readonly verdict: Verdict;
  /** The answer text that was judged; undefined when none was found. */
  readonly extracted: string | undefined;
  /** Which stage decided, e.g. "extract:boxed", "equal:string", "equal:rational", "points". */
  readonly stage: string;
  /** Whether the answer was in the domain's answer mark (the box). */
  readonly boxed: boolean;
  /** Whether the gold's text occurs in the extracted answer. */
  readonly goldOccurs: boolean;
}

/** Student reward: 120 boxed and verified; 20 boxed, wrong, but the gold text occurs; 10 boxed otherwise; 0 no box. */
export function rewardOf(v: Verification): number {
  if (!v.boxed) return 0;
  if (v.verdict === 'CORRECT') return 120;
  return v.goldOccurs ? 20 : 10;
}
