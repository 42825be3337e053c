/** An endpoint that answers prompts: how its requests are read, and the forms of its answers. */
import type { Asked } from './parameters.js';
import type { Prompts } from './prompts.js';
import type { Piece } from './streamed-answers.js';
import type { Answer } from './whole-answers.js';

export interface Endpoint<R extends Asked> {
  /** Begins the ids of its answers. */
  readonly prefix: string;
  /** Names of what a whole answer and a chunk of a stream are. */
  readonly object: string;
  readonly chunkObject: string;
  /** Throws RefusedParameter. */
  read(body: unknown): R;
  prompts(request: R): Prompts;
  /** Whether prompts that are tokens are needed as texts. */
  reads(request: R): boolean;
  /** An element of `choices`. */
  choice(answer: Answer, request: R): object;
  /** What the stream of an answer begins with; undefined: with its first piece. */
  first(index: number): object | undefined;
  /** Elements of `choices`, one for each chunk that is sent. */
  pieces(piece: Piece, request: R): object[];
}
