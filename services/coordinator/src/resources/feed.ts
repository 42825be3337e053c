/**
 * The events of one resource, for whoever follows it.
 *
 * A follower that is slow must not hold the work up or fill the memory: progress is kept only in its latest form, and
 * other events are bounded; who falls further behind than that is told to follow anew.
 */
import { create, type Progress, ProgressSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Tracker } from '../loop/run-context.js';

/** Events that one follower may have before it. */
const EVENTS_MAX = 1_000;
/** Least time between two progress events of an activity, in ms: "a few times a second". */
const PROGRESS_EVERY_MS = 300;

/** What every event may tell, beside what its resource has of its own. */
export interface Progressing {
  readonly progress?: Progress | undefined;
}

export class Feed<E extends Progressing> {
  private readonly followers = new Set<Follower<E>>();

  publish(event: E): void {
    for (const follower of this.followers) follower.take(event);
  }

  /** Events from now on. The follower must be closed. */
  follow(): Follower<E> {
    const follower = new Follower<E>(() => this.followers.delete(follower));
    this.followers.add(follower);
    return follower;
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

export class Follower<E extends Progressing> {
  private events: E[] = [];
  private wake: (() => void) | undefined;
  private behind = false;

  constructor(readonly close: () => void) {}

  take(event: E): void {
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
      throw new UserError('this follower fell too far behind; follow it anew', 'RESOURCE_EXHAUSTED');
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
export class Feeds<E extends Progressing> {
  private readonly feeds = new Map<string, Feed<E>>();

  of(id: string): Feed<E> {
    const feed = this.feeds.get(id) ?? new Feed<E>();
    this.feeds.set(id, feed);
    return feed;
  }
}
