/** What is concluded from measurements: the cost of longer answers, and how long answers are. Pure. */

/** Seconds by tokens. */
export interface Cost {
  at(tokens: number): number;
}

export interface Measurement {
  readonly tokens: number;
  readonly seconds: number;
}

/**
 * The cost of an answer: what reading the prompt takes, a constant for each token, and a growth with the text before
 * it, through a measurement of one token, of a few and of many. The growth is left out where it cannot be told from
 * noise.
 */
export function costOf([one, few, many]: readonly Measurement[]): Cost {
  const start = one!.seconds;
  const [n, m] = [few!.tokens - 1, many!.tokens - 1];
  const [a, b] = [few!.seconds - start, many!.seconds - start];
  // seconds - start = each * t + growth * t^2 at both.
  const growth = m > n && n > 0 ? Math.max(0, (b / m - a / n) / (m - n)) : 0;
  const each = m > 0 ? Math.max(0, b / m - growth * m) : 0;
  return {
    at: (tokens) => {
      const t = Math.max(0, tokens - 1);
      return start + each * t + growth * t * t;
    },
  };
}

/** How long answers are. */
export interface AnswerLength {
  /** Answers that ended within what was measured, of all. */
  readonly ended: number;
  readonly answers: number;
  /** Mean tokens of answers of at most `max`. */
  expected(max: number): number;
}

/**
 * From the lengths of answers that were followed for `followed` tokens; undefined: it had not ended. Beyond that, an
 * end is as likely at each token as it was before (the maximum-likelihood estimate of a geometric length with
 * censoring).
 */
export function answerLength(lengths: readonly (number | undefined)[], followed: number): AnswerLength {
  const ended = lengths.filter((length) => length !== undefined);
  const seen = lengths.reduce<number>((sum, length) => sum + (length ?? followed), 0);
  const rate = ended.length / seen;
  return {
    ended: ended.length,
    answers: lengths.length,
    expected: (max) => {
      const within = lengths.reduce<number>((sum, length) => sum + Math.min(length ?? followed, max), 0);
      const mean = within / lengths.length;
      if (max <= followed) return mean;
      const open = 1 - ended.length / lengths.length;
      const rest = rate === 0 ? max - followed : (1 - Math.exp(-rate * (max - followed))) / rate;
      return mean + open * rest;
    },
  };
}
