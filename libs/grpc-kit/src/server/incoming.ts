/**
 * The calls of one server from their headers to their end: how many there are, which are still being received, and how
 * many bytes they hold.
 *
 * A call costs its sender nothing until its request is whole, so an incomplete one has no right to its place: when
 * there is no slot or no memory left, the one that has been incomplete the longest is ended, and a request that arrives
 * as requests do is not. What is complete is never ended for another one; then the newcomer is refused. Without this a
 * few connections with half a request on each stream keep every other caller out. Not here: who may call
 * (admission.ts).
 */
import { Overloaded, UserError } from '@soar/core';
import type { ByteBudget } from './byte-budget.js';
import { MessageLengths } from './message-lengths.js';

/** The bounds of one kind of call. */
export interface CallBounds {
  /** Most calls at a time, streams included. */
  readonly callsMax: number;
  /** Largest message. */
  readonly messageBytesMax: number;
  /** Whether messages may be compressed: a small one can unpack to a thousand times its size. */
  readonly compressed: boolean;
  /** Longest time between the headers and the end of the request; of a stream of requests, between its bytes. */
  readonly receiveMs: number;
  /**
   * Whether a complete call gives way too. Nothing is lost with the health of a service: whoever watches it asks again.
   */
  readonly givesWay: boolean;
}

/** What a call is to its HTTP/2 stream: how it is answered, and where it came from. */
export interface CallSource {
  readonly peer: string;
  /** Bytes of the headers. */
  readonly headerBytes: number;
  /** Whether the method takes many messages. */
  readonly requestStream: boolean;
  /** Answers the call with this error, at once, and ends its stream. */
  readonly end: (error: UserError) => void;
}

/** When a call that was refused by a full server may be retried. */
const FULL_RETRY_MS = 250;

/** All calls of one kind. */
export class IncomingCalls {
  /** Oldest first. */
  private readonly open = new Set<IncomingCall>();
  private readonly incomplete = new Set<IncomingCall>();

  constructor(
    readonly bounds: CallBounds,
    private readonly budget: ByteBudget,
  ) {}

  /** Takes a slot for a call whose headers have arrived. Throws Overloaded if complete calls have all of them. */
  begin(source: CallSource): IncomingCall {
    const { callsMax, givesWay } = this.bounds;
    if (this.open.size >= callsMax) {
      const [oldest] = this.incomplete.size > 0 || !givesWay ? this.incomplete : this.open;
      if (oldest === undefined)
        throw new Overloaded(`${callsMax} calls are in flight; try again later`, FULL_RETRY_MS);
      oldest.end(new Overloaded('ended for a newer call: there is no slot left', FULL_RETRY_MS));
    }
    const call = new IncomingCall(this.bounds, source, this.budget, () => {
      this.incomplete.delete(call);
      if (call.isOver) this.open.delete(call);
    });
    this.open.add(call);
    this.incomplete.add(call);
    call.hold(source.headerBytes);
    return call;
  }
}

/** One call. Its stream reports bytes, the end of the request, and its own end. */
export class IncomingCall {
  /** Whether it was answered or its stream has closed. */
  isOver = false;
  /** Whether all of the request is here. */
  isComplete = false;
  /** Kept by the budget. */
  heldBytes = 0;
  private readonly lengths = new MessageLengths();
  private readonly timer: NodeJS.Timeout;
  private messageBytes = 0;
  private bodyBytes = 0;

  constructor(
    private readonly bounds: CallBounds,
    private readonly source: CallSource,
    private readonly budget: ByteBudget,
    private readonly moved: () => void,
  ) {
    const { receiveMs } = bounds;
    this.timer = setTimeout(
      () =>
        this.end(new UserError(`the request was not complete after ${receiveMs} ms`, 'DEADLINE_EXCEEDED')),
      receiveMs,
    );
    this.timer.unref();
  }

  get peer(): string {
    return this.source.peer;
  }

  /** The next bytes of the body. */
  receive(chunk: Uint8Array): void {
    const { lengths } = this;
    const { messageBytesMax } = this.bounds;
    lengths.read(chunk);
    if (lengths.announcedBytes > messageBytesMax) {
      const what = `a message of ${lengths.announcedBytes} bytes; at most ${messageBytesMax} are accepted`;
      return this.end(new UserError(`${what}. Ask for less in one call`, 'RESOURCE_EXHAUSTED'));
    }
    if (lengths.compressed && !this.bounds.compressed)
      return this.end(new UserError('a compressed message; this method takes them as they are'));
    if (this.source.requestStream) this.timer.refresh();
    // A handler takes the messages of a stream as they come; the only message of another call is held to its end.
    if (this.source.requestStream) this.messageBytes = lengths.partialBytes;
    else this.messageBytes += chunk.length;
    // What a compressed message unpacks to is not known before; the decoder stops at the largest message.
    const bodyBytes = this.messageBytes + (lengths.compressed ? messageBytesMax : 0);
    this.hold(bodyBytes - this.bodyBytes);
    this.bodyBytes = bodyBytes;
  }

  /** The request is whole. */
  complete(): void {
    if (this.isComplete || this.isOver) return;
    this.isComplete = true;
    clearTimeout(this.timer);
    this.budget.completed(this);
    this.moved();
  }

  /** The stream is closed: nothing of the call is left. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.budget.release(this);
    this.moved();
  }

  /** Answers it with an error and closes it. */
  end(error: UserError): void {
    if (this.isOver) return;
    this.close();
    this.source.end(error);
  }

  hold(bytes: number): void {
    if (!this.isOver && bytes !== 0) this.budget.hold(this, bytes);
  }
}
