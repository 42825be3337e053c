/**
 * Server-sent events to one page. A page that reads slowly delays its own stream, and is dropped when it does not read
 * for a while; it then connects again and starts from the present state. So a slow one costs bounded memory.
 */
import { once } from 'node:events';
import type { ServerResponse } from '@soar/http-kit';
import { UserError } from '@soar/core';

/** The page notices a dead stream by the silence. */
const BEAT_MS = 5_000;
const STALLED_MS_MAX = 20_000;

/** The streams of a server, and how many there may be. */
export class EventStreams {
  private open = 0;

  constructor(private readonly max: number) {}

  /** Sends events from `work` until the page is gone or `work` is done. Throws RESOURCE_EXHAUSTED beyond the bound. */
  async during(response: ServerResponse, work: (events: EventStream) => Promise<void>): Promise<void> {
    if (this.open >= this.max)
      throw new UserError(
        `${this.max} pages are open; close one, or give a larger --streams-max`,
        'RESOURCE_EXHAUSTED',
      );
    this.open++;
    const events = new EventStream(response);
    try {
      await work(events);
    } catch (error) {
      if (!events.signal.aborted) throw error;
    } finally {
      this.open--;
      events.end();
    }
  }
}

export class EventStream {
  private readonly gone = new AbortController();
  private readonly beating: NodeJS.Timeout;
  /** Writes one after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    response.on('close', () => this.gone.abort());
    this.beating = setInterval(() => {
      if (response.writableLength === 0) response.write('event: beat\ndata: 0\n\n');
    }, BEAT_MS);
  }

  /** Aborts when the page is gone. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  /** Resolves once there is room for the next one. Rejects when the page is gone or does not read. */
  send(event: string, data: unknown): Promise<void> {
    this.last = this.last.then(() => this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    this.last.catch(() => undefined); // whoever sent it sees it
    return this.last;
  }

  end(): void {
    clearInterval(this.beating);
    this.response.end();
  }

  private async write(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (this.response.write(text)) return;
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(STALLED_MS_MAX)]);
    try {
      await once(this.response, 'drain', { signal });
    } catch (error) {
      this.gone.abort();
      this.response.destroy();
      throw error;
    }
  }
}
