/**
 * A bound on work that takes its trainer with it. A trainer that the system kills for its memory is started again and
 * given the same work again, which would go on for ever: each time it answers, so it is never silent for long. Only
 * connections that break in the midst of the work count. A trainer that is stopped in order says so.
 */
import { messageOf, UserError } from '@soar/core';
import { ConnectionLost } from '@soar/grpc-kit';

/** Losses of one piece of work in a row. Kills and broken connections by chance hardly meet the same work so often. */
const LOSSES_MAX = 5;

export class Losses {
  private count = 0;

  constructor(
    /** For messages: "training run-1/step-0/dataset-1/repeat-0". */
    private readonly work: string,
  ) {}

  /** The work was still there after the last loss: only the connection was lost. */
  onlyConnection(): void {
    this.count = Math.max(0, this.count - 1);
  }

  /** The error to handle after `failure` of work that had begun: another one when there were too many losses. */
  after(failure: unknown): unknown {
    if (!(failure instanceof ConnectionLost) || ++this.count < LOSSES_MAX) return failure;
    return new UserError(
      `${this.work}: ${this.count} times in a row the trainer that worked on it was gone (${messageOf(failure)}), as ` +
        'when the system kills a process for its memory; the end of its log and its supervisor say more. If it was ' +
        'memory, give trainers more of it or fewer --workers and resume the run, or start a run with a lower ' +
        'compute.microBatchTokens or student.rl.questionsPerStep',
      'RESOURCE_EXHAUSTED',
      undefined,
      { cause: failure },
    );
  }
}
