/**
 * A stream that all pages share: while at least one shows it, it is read every now and then, and sent when it has
 * changed. For what no call watches.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStream } from '../http/event-stream.js';

const EVERY_MS = 1_500;

/** An event as pages get it. */
export interface FeedEvent {
  readonly event: string;
  readonly data: unknown;
}

export abstract class SharedFeed {
  private readonly subscribers = new Set<EventStream>();
  private reading: Promise<void> | undefined;
  private last: (FeedEvent & { readonly text: string }) | undefined;

  /** The present state; what is wrong with it is an event too. */
  protected abstract present(): Promise<FeedEvent>;

  /** Sends the state to a page until it is gone. */
  async follow(events: EventStream): Promise<void> {
    this.subscribers.add(events);
    const gone = new Promise<void>((resolve) => events.signal.addEventListener('abort', () => resolve()));
    try {
      if (this.last !== undefined) await events.send(this.last.event, this.last.data);
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      await gone;
    } finally {
      this.subscribers.delete(events);
    }
  }

  private async read(): Promise<void> {
    while (this.subscribers.size > 0) {
      const { event, data } = await this.present();
      const text = `${event} ${JSON.stringify(data)}`;
      if (text !== this.last?.text) {
        this.last = { text, event, data };
        // A page that reads slowly misses states, and delays nobody.
        for (const events of this.subscribers) events.send(event, data).catch(() => undefined);
      }
      await sleep(EVERY_MS);
    }
    this.last = undefined;
  }
}
