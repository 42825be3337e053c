/**
 * Server-sent events as OpenAI's streams have them: `data: {...}`, and `data: [DONE]` at the end. The head of the
 * answer goes out with the first event, so that what fails before has a status of its own. Whoever reads slowly delays
 * its own answer alone, and is dropped when it does not read at all.
 */
import type { ServerResponse } from '@soar/http-kit';
import { once } from 'node:events';

const STALLED_MS_MAX = 60_000;

export class Sse {
  /** Writes one after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly response: ServerResponse,
    private readonly signal: AbortSignal,
  ) {}

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  /** Resolves once there is room for the next one. Rejects when the reader is gone or does not read. */
  send(data: object | '[DONE]'): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const sent = this.last.then(() => this.write(`data: ${text}\n\n`));
    this.last = sent.catch(() => undefined);
    return sent;
  }

  end(): void {
    this.response.end();
  }

  private async write(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (!this.hasBegun) this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    if (this.response.write(text)) return;
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(STALLED_MS_MAX)]);
    try {
      await once(this.response, 'drain', { signal });
    } catch (error) {
      this.response.destroy();
      throw error;
    }
  }
}
