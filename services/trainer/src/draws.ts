/**
 * The order in which a training draws its questions: endless epochs over the problems of a stage, each in a shuffled
 * order of its own. Epoch numbers continue over the stages.
 *
 * A stage may have a second set that is mixed in at a share. Of the first n questions that the stage draws, floor(n *
 * share) are of that set, which is gone through in epochs of its own: so every step has both, the same number of each
 * but for one, and nothing about the mixture is left to chance.
 */
import { type Address, epochOrder } from './addresses.js';

/** What questions are drawn from. */
export interface DrawnFrom<P> {
  readonly problems: readonly P[];
  readonly mixedIn: readonly P[];
  /** Of the drawn questions; 0: nothing is mixed in. */
  readonly mixedInShare: number;
}

/** A share like 1/3 is a little less than a third: n * share must not stay below a whole number for that. */
const ROUNDING = 1e-9;

/** The draws of one training. */
export class Draws {
  private readonly epochs = { problems: 0, mixedIn: 0 };

  constructor(private readonly address: Address) {}

  /** The questions of a stage, without end. Stages are asked for in their order. */
  *of<P>(stage: DrawnFrom<P>): Generator<P, never> {
    const [problems, mixedIn] = [this.epochsOf(stage, 'problems'), this.epochsOf(stage, 'mixedIn')];
    for (let drawn = 0; ; drawn++) {
      const before = Math.floor(drawn * stage.mixedInShare + ROUNDING);
      const after = Math.floor((drawn + 1) * stage.mixedInShare + ROUNDING);
      yield (after > before ? mixedIn : problems).next().value;
    }
  }

  private *epochsOf<P>(stage: DrawnFrom<P>, set: 'problems' | 'mixedIn'): Generator<P, never> {
    const all = stage[set];
    for (;;) {
      const epoch = this.epochs[set]++;
      for (const i of epochOrder(this.address, epoch, all.length, { mixedIn: set === 'mixedIn' }))
        yield all[i]!;
    }
  }
}
