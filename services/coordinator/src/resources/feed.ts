/**
 * The events of one resource, for its subscribers.
 *
 * A slow subscriber must neither delay the work nor fill the memory. Of progress only the latest event is kept, other
 * events are bounded, and a subscriber that falls further behind gets an error and has to subscribe again.
 */
import { create, type Progress, ProgressSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Tracker } from '../loop/run-context.js';

/** Most events queued for one subscriber. */
const EVENTS_MAX = 1_000;
/** Least time between two progress events of an activity, in ms: "a few times a second". */
const PROGRESS_EVERY_MS = 300;

/** What the events of every resource may hold. */
export interface ProgressEvent {
  readonly progress?: Progress | undefined;
}

export class Feed<E extends ProgressEvent> {
  private readonly subscribers = new Set<Subscriber<E>>();

  publish(event: E): void {
    for (const subscriber of this.subscribers) subscriber.push(event);
  }

  /** Events from now on. The subscriber must be closed. */
  subscribe(): Subscriber<E> {
    const subscriber = new Subscriber<E>(() => this.subscribers.delete(subscriber));
    this.subscribers.add(subscriber);
    return subscriber;
  }

  /** A tracker that publishes its activity's progress, at most every PROGRESS_EVERY_MS and once at its end. */
  track(activity: string, total: number, unit: string): Tracker {
    const parts = new Map<string, number>();
    let publishedAt = -Infinity;
    return {
      update: (part, done) => {
        parts.set(part, Math.max(done, parts.get(part) ?? 0));
        const sum = [...parts.values()].reduce((a, b) => a + b, 0);
        const now = performance.now();
        if (sum < total && now - publishedAt < PROGRESS_EVERY_MS) return;
        publishedAt = now;
        const progress: Progress = create(ProgressSchema, {
          activity,
          done: Math.min(sum, total),
          total,
          unit,
        });
        this.publish({ progress } as E);
      },
    };
  }
}

export class Subscriber<E extends ProgressEvent> {
  private events: E[] = [];
  private wake: (() => void) | undefined;
  private behind = false;

  constructor(readonly close: () => void) {}

  push(event: E): void {
    const last = this.events.at(-1);
    if (event.progress !== undefined && last?.progress?.activity === event.progress.activity)
      this.events.pop();
    if (this.events.length >= EVENTS_MAX) this.behind = true;
    else this.events.push(event);
    this.wake?.();
  }

  /** The next event; undefined after `waitMs` without one, or when a signal aborts. */
  async next(waitMs: number, ...signals: AbortSignal[]): Promise<E | undefined> {
    if (this.behind) {
      throw new UserError('this watcher fell too far behind; watch it again', 'RESOURCE_EXHAUSTED');
    }
    if (this.events.length === 0) await this.awake(waitMs, signals);
    return this.events.shift();
  }

  private awake(waitMs: number, signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        for (const signal of signals) signal.removeEventListener('abort', done);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      for (const signal of signals) signal.addEventListener('abort', done);
      this.wake = done;
      if (signals.some((signal) => signal.aborted)) done();
    });
  }
}

/** The feeds of all resources of a kind, by id. */
export class Feeds<E extends ProgressEvent> {
  private readonly feeds = new Map<string, Feed<E>>();

  of(id: string): Feed<E> {
    const feed = this.feeds.get(id) ?? new Feed<E>();
    this.feeds.set(id, feed);
    return feed;
  }
}
