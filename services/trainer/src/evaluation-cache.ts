/**
 * A cache of greedy outcomes, by checkpoint, domain, problem and length limit: every run of a base model needs the same
 * baseline. Checkpoints never change and greedy decoding draws nothing, so an outcome stays good; the least
 * recently used go first. Sampled evaluations are not kept: their numbers come from the request.
 */

/** The outcome of one greedy answer. */
export interface GreedyOutcome {
  readonly correct: boolean;
  readonly ungraded: boolean;
  /** Tokens that were sampled for it. */
  readonly tokens: number;
  /** The rule that found the answer. */
  readonly rule: string;
}

const OUTCOMES_MAX = 200_000;

export class EvaluationCache {
  private readonly byKey = new Map<string, GreedyOutcome>();

  get(key: string): GreedyOutcome | undefined {
    const found = this.byKey.get(key);
    if (found === undefined) return undefined;
    this.byKey.delete(key);
    this.byKey.set(key, found); // most recently used last
    return found;
  }

  set(key: string, outcome: GreedyOutcome): void {
    this.byKey.set(key, outcome);
    if (this.byKey.size > OUTCOMES_MAX) this.byKey.delete(this.byKey.keys().next().value!);
  }
}
