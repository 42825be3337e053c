/** The calls that answer a request, to the trainer, in the name of whoever asked and until they are gone. */
import type { TrainerService } from '@soar/contracts';
import type { CallOptions, Client } from '@soar/grpc-kit';

export interface TrainerCalls {
  readonly client: Client<typeof TrainerService>;
  readonly options: Pick<CallOptions, 'headers'> & {
    readonly signal: AbortSignal;
    /** Of a whole answer, and of the silence in a stream. */
    readonly deadlineMs: number;
  };
}
