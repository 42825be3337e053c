/** Stop texts: an answer ends before the first of them, and nothing behind it counts. */

/** Where the first of `stop` begins in `text`; -1 when none is in it. */
export function stopAt(text: string, stop: readonly string[]): number {
  const found = stop.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** `text` up to the first of `stop`. */
export function upToStop(text: string, stop: readonly string[]): string {
  const at = stopAt(text, stop);
  return at < 0 ? text : text.slice(0, at);
}

/**
 * How many of `tokens` an answer has: up to and with the token that completes the first stop text. `decode` gives the
 * text of the first n tokens. All of them when no stop text is met.
 */
export function tokensToStop(
  tokens: ArrayLike<number>,
  stop: readonly string[],
  decode: (count: number) => string,
): number {
  const { length } = tokens;
  if (stop.length === 0 || stopAt(decode(length), stop) < 0) return length;
  // The least n whose text holds a stop text: texts only grow, but for characters that a token leaves unfinished.
  let [without, within] = [0, length];
  while (within - without > 1) {
    const middle = (without + within) >> 1;
    if (stopAt(decode(middle), stop) < 0) without = middle;
    else within = middle;
  }
  return within;
}
