/**
 * What the service and its grading processes say to each other. A chunk of a request goes over in one message and comes
 * back in one; how far the process is in between stands in its progress file (progress.ts).
 */
import type { DomainDefinition, ParsedAnswer } from '@soar/domains';
import type { Verification, VerifyOptions } from '@soar/verify';

/** What is to be done with every item of a request. */
export type Task =
  | (TaskDomain & { readonly kind: 'verify'; readonly options: VerifyOptions })
  | (TaskDomain & { readonly kind: 'parse' });

/** A domain by its name, or one that the request defines. */
export interface TaskDomain {
  readonly domain: string;
  readonly definition?: DomainDefinition;
}

/** A response (`text`) and its gold answer, or a stated answer in `text`; `gold` is empty then. */
export interface Item {
  readonly gold: string;
  readonly text: string;
  /** Over those of the task. */
  readonly options?: VerifyOptions;
}

/** A verification and how long it took. */
export interface TimedVerification extends Verification {
  readonly microseconds: number;
}

/** Result of one item, by the kind of its task. */
export interface Results {
  verify: TimedVerification;
  parse: ParsedAnswer;
}
export type Result = Results[keyof Results];

/** To a grading process. */
export interface Chunk {
  /** Number of the chunk, from 1; also in the progress file. */
  readonly serial: number;
  readonly task: Task;
  readonly items: readonly Item[];
}

/** From a grading process: once when it is ready, then for every chunk. */
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'graded'; readonly serial: number; readonly results: readonly Result[] };

/** What an item comes to when its process had to be killed, and killed again when it was tried alone. */
export const RESULT_OF_KILLED = {
  verify: {
    verdict: 'TIMEOUT',
    extracted: undefined,
    stage: 'killed',
    boxed: false,
    goldOccurs: false,
    microseconds: 500_000,
  },
  parse: { ok: false, reason: 'it took longer to read than an answer may, twice' },
} as const satisfies Results;
