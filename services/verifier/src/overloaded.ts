/** Back-pressure: more is asked for than the queue holds. Nothing was begun; the caller may try again after a while. */
import { UserError } from '@soar/core';

export class Overloaded extends UserError {
  constructor(
    message: string,
    /** When a retry is likely to be taken, in ms; google.rpc.RetryInfo on the wire. */
    readonly retryAfterMs: number,
  ) {
    super(message, 'RESOURCE_EXHAUSTED');
  }
}
