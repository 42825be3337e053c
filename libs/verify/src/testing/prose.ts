/**
 * Responses without a box, made from parts: sentences that state the number N, and what turns a statement into none (a
 * denial, a doubt, somebody else's opinion, a supposition, a retraction, an operation). Every statement answers N by
 * itself, and no longer with any of these around it. M is another number.
 */
import type { Draws } from './expressions.js';
import { twoNumbers, words, type Pair } from './kinds.js';

/** Sentences that state N, without a full stop; they may stand behind "that". */
const STATEMENTS = words(`
  the answer is N; the final answer is N; there are N apples; the total is N dollars; x equals N; the sum is N
  she has N marbles left; the correct answer is N; he needs N more tickets; we get N; the value of x is N
  the number of ways is N; they sold N books; it takes N minutes; the area is $N$; the result is $N$; $x = N$
  the trip costs N dollars; adding gives N
`);
/** Texts around a statement S, with its first letter small or large, that leave nothing stated. */
const WRECKED = words(`
  It is not true that S.; It is false that S.; I doubt that S.; Nobody believes that S.; Tom claims that S.
  Suppose that S.; If it were so, S.; Perhaps S.; Maybe S.; The book says that S.; Prove that S.
  It is a myth that S.; I am not sure that S.; Some people think that S.; Imagine that S.; It seems that S.
  One might guess that S.; Unless S, we stop.; I used to think that S.; She wrongly concluded that S.
  It has been conjectured that S.; We cannot say that S.; My first guess was that S.; Is it true that S?
  It is unlikely that S.; According to Tom, S.; It was rumored that S.; They pretend that S.; It is impossible that S.
  S, which is wrong.; S, but that is false.; S. Just kidding.; S. Scratch that, it is M.; S. No, wait, it is M.
  S. Wait, no, it is M.; S? No.; S. That is wrong.; S, or so they say.; S, at least that is what Tom thinks.
  S. Oops, I made a mistake. It is M.; S. This is not correct.; S. Actually, it is M.; S, I guess.; S. Never mind.
  S. Hold on, it is M.; S. Hang on, that is too much.; S. I forgot to halve it.; S. Strike that, it is M.
  S, unless it rains.; S. I was wrong.; S is what Tom said.; S. Sorry, it should be M.; S, probably.; S, maybe.
`);
/** Responses that answer something else than N. */
const OTHERS = words(`
  The answer is negative N.; The answer is minus N.; The answer is not N.; The wrong choice is N.; Is the answer N?
  The answer is twice N.; The answer is half of N.; The answer is N less than M.; The answer is M more than N.
  The answer is greater than or equal to N.; The answer is a multiple of N.; The answer is divisible by N.
  The answer is at least N.; The answer is N percent of M.; The answer is the square of N.; The answer is N over M.
  The answer is on page N.; The answer is nearly N.; The answer is the sum of M and N.; The answer is N squared.
  It cannot be N.; There are more than N.; Twice the answer is N.; The answer is N or M.; Either N or M.
  The student's answer is N.; The answer is N times M.; Answer: not N; If the answer is N, then x is M.
  This is half of N.; The last digit of the answer is N.; The answer is N and a half.; After N attempts I gave up.
  Exercise N; See page N.; The answer is N hundredths.; The answer is N!; The answer is N in base 12 plus 1.
  Half of the total is N.; The square root of the answer is N.; She had N apples but ate M.; Everything except N.
  Let x be N.; The answer lies between N and M.; The answer is close to N.; My guess: N; Not N.; N is too large.
  The answer isn't N.; The answer isn't N, it's M.; If the answer isn't M, it's N.; It isn't M, it isn't N.
  The answer is $-N$.; The answer is $N^2$.; The answer is $\\sqrt{N}$.; The answer is $x_N$.; The answer is $\\ne N$.
`);
/** Responses that answer N. */
const ANSWERS = words(`
  The answer is N.; So the final answer is: N; Therefore, x equals N.; #### N; Thus there are N apples.
  The answer is N, because M is too large.; I think the answer is N.; The answer is not M, it is N.
  The answer is M. Wait, no, it is N.; The answer is that Tom has N apples.; Hence there are exactly N of them.
  Twice M is more than that. The answer is N.; Is it M? No. The answer is N.; N; The total is N dollars.
  I first got M, but the answer is N.; Tom says M, but it is N.; N apples were sold.; By the chain rule the answer is N.
  The answer isn't M, it's N.; It isn't M, it's N.; The answer isn't M but N.; It is not M, it's $N$.
  The answer is M. Hold on, I forgot a case, so it is N.; The answer is M. Strike that, it is N.
  The answer is N. I hope it is correct.; The answer is N, not M.; She pays M - 3 + 3 - M + N = N dollars.
`);

/** Pairs of a number and a response in prose. */
export function prosePairs(draws: Draws): readonly Pair[] {
  const [n, other] = twoNumbers(draws);
  // N less than 2N would be N.
  const m = other === 2 * n ? other + 1 : other;
  const fill = (text: string): string =>
    text.replace(/N(?![a-z])/g, String(n)).replace(/(?<![A-Za-z])M(?![a-z])/g, String(m));
  const pair = (answer: string, same: boolean): Pair => ({ gold: String(n), answer, same, prose: true });
  const statement = fill(draws.pick(STATEMENTS));
  const stated = statement.replace(/^[a-z](?![^a-z]*=)/, (letter) => letter.toUpperCase());
  const wrecked = draws.pick(WRECKED).replace(/\bM\b/g, String(m));
  return [
    pair(`${stated}.`, true),
    pair(
      wrecked.replace(/\bS\b/, () => (wrecked.startsWith('S') ? stated : statement)),
      false,
    ),
    pair(fill(draws.pick(OTHERS)), false),
    pair(fill(draws.pick(ANSWERS)), true),
  ];
}
