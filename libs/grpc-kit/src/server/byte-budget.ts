/**
 * How many bytes of requests a process holds, in all and for one peer. Over the budget, the incomplete requests that
 * began first are ended: theirs is the memory that nobody may ever use. When only complete ones are left, the request
 * that brings the bytes is itself the last incomplete one, and is refused.
 *
 * A peer may hold half, so that one alone cannot take what the others need. The bytes are those on the wire; a parsed
 * request takes several times as many.
 */
import { InvariantError, Overloaded, type UserError } from '@soar/core';

/** Who holds bytes. */
export interface Holder {
  readonly peer: string;
  readonly isComplete: boolean;
  heldBytes: number;
  end(error: UserError): void;
}

/** When a request that was ended for want of memory may be sent again. */
const RETRY_MS = 1_000;

export class ByteBudget {
  private held = 0;
  private readonly heldByPeer = new Map<string, number>();
  /** Incomplete requests that hold bytes, oldest first. */
  private readonly incomplete = new Set<Holder>();

  constructor(readonly bytesMax: number) {}

  get peerBytesMax(): number {
    return this.bytesMax / 2;
  }

  /** Bytes held by all requests. */
  get heldBytes(): number {
    return this.held;
  }

  /** `holder` has `bytes` more, or fewer if negative. May end it, or others. */
  hold(holder: Holder, bytes: number): void {
    this.add(holder, bytes);
    if (!holder.isComplete) this.incomplete.add(holder);
    while (this.held > this.bytesMax) this.endOldest(() => true, 'this server', this.bytesMax);
    while ((this.heldByPeer.get(holder.peer) ?? 0) > this.peerBytesMax)
      this.endOldest(({ peer }) => peer === holder.peer, holder.peer, this.peerBytesMax);
  }

  /** The request is whole: it keeps its bytes until it is released. */
  completed(holder: Holder): void {
    this.incomplete.delete(holder);
  }

  /** The call is over. */
  release(holder: Holder): void {
    this.incomplete.delete(holder);
    this.add(holder, -holder.heldBytes);
  }

  private add(holder: Holder, bytes: number): void {
    holder.heldBytes += bytes;
    this.held += bytes;
    const ofPeer = (this.heldByPeer.get(holder.peer) ?? 0) + bytes;
    if (ofPeer === 0) this.heldByPeer.delete(holder.peer);
    else this.heldByPeer.set(holder.peer, ofPeer);
  }

  /** Ends the oldest incomplete request of those. There is one: whoever brings bytes is incomplete. */
  private endOldest(among: (holder: Holder) => boolean, whose: string, bytesMax: number): void {
    for (const holder of this.incomplete) {
      if (!among(holder)) continue;
      const message = `the requests of ${whose} hold ${bytesMax} bytes, the most allowed; try again later`;
      holder.end(new Overloaded(message, RETRY_MS));
      return;
    }
    throw new InvariantError(`${whose} holds over ${bytesMax} bytes, and no incomplete request does`);
  }
}
