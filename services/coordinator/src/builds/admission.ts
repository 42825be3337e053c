/**
 * Which builds may work on a run or comparison. Those that began it may; others only if they give the same results for
 * what remains, or if the user allowed the change. Each change is written to the journal before any work, with the
 * outer step from which on it holds, and ends up in the report.
 *
 * What was admitted is also what every call of the execution expects (expectingBuilds of @soar/grpc-kit), so a service
 * that is replaced in the middle adds nothing.
 */
import { type Build, create, type WorkingBuilds, WorkingBuildsSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Fingerprints } from '@soar/grpc-kit';
import { areEqual, differences, type Remaining } from './differences.js';

/** A run or comparison, as far as its builds matter. */
export interface Worked {
  /** For messages: `run "x"`. */
  readonly what: string;
  readonly id: string;
  /** Those that have worked on it, in order; none in a new one, and in one of a version that did not record them. */
  kept(): Promise<WorkingBuilds[]>;
  /** Appends to them; none: only what a fork takes over from its source. */
  append(builds: readonly WorkingBuilds[]): Promise<void>;
  progress(): Promise<Progress>;
}

export interface Progress {
  /** Outer steps that are done; of a comparison: units. */
  readonly done: number;
  readonly remaining: Remaining;
  /** Whether there are results that a mixture could spoil. */
  readonly hasResults: boolean;
}

export interface Attempt {
  /** Whether builds that may give other results may continue. */
  readonly allowVersionChange: boolean;
  readonly signal: AbortSignal;
}

/** Asks all services what they are. */
export type Collect = (signal: AbortSignal) => Promise<Build[]>;

export class Admission {
  private readonly expected = new Map<string, Fingerprints>();
  private readonly waiting = new Map<string, Promise<unknown>>();

  /** `version`: of this software. */
  constructor(private readonly version: string) {}

  /** Throws BUILD_CHANGED unless the builds that are there may continue `worked`. Otherwise they are recorded. */
  admit(worked: Worked, collect: Collect, attempt: Attempt): Promise<void> {
    const before = this.waiting.get(worked.id) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.decideAndKeep(worked, collect, attempt));
    this.waiting.set(worked.id, mine);
    return mine.finally(() => {
      if (this.waiting.get(worked.id) === mine) this.waiting.delete(worked.id);
    });
  }

  /** What would be recorded if they were admitted; nothing if they are the last ones. Throws BUILD_CHANGED. */
  async decide(worked: Worked, now: readonly Build[], allowVersionChange: boolean): Promise<WorkingBuilds[]> {
    const [kept, progress] = [await worked.kept(), await worked.progress()];
    const { done: fromOuterStep, remaining, hasResults } = progress;
    const next = (versionChangeAllowed: boolean): WorkingBuilds =>
      create(WorkingBuildsSchema, { fromOuterStep, services: [...now], versionChangeAllowed });
    const last = kept.at(-1);
    if (last === undefined) {
      if (!hasResults) return [next(false)];
      if (!allowVersionChange) throw this.refusal(worked.what, this.unknownBeginning());
      return [create(WorkingBuildsSchema, {}), next(true)];
    }
    if (areEqual(last.services, now)) return [];
    const changes = differences(last.services, now, remaining);
    if (changes.length === 0 || !hasResults) return [next(false)];
    requireProvider(worked.what, last.services, now);
    if (!allowVersionChange)
      throw this.refusal(
        worked.what,
        `other builds than those that worked on it are running: ${changes.join('; ')}`,
      );
    return [next(true)];
  }

  /** The builds that calls for a resource expect. */
  expectedFor(id: string): Fingerprints {
    return this.expected.get(id) ?? new Map();
  }

  /** `error` of an execution, with what has changed if a service was replaced under it. */
  async explained(worked: Worked, collect: Collect, error: unknown): Promise<Error> {
    if (!isChange(error)) return error instanceof Error ? error : new Error(String(error));
    try {
      await this.decide(worked, await collect(AbortSignal.timeout(EXPLAIN_MS_MAX)), false);
    } catch (reason) {
      if (isChange(reason)) return reason;
    }
    return error; // it cannot be reached now, or is the old one again
  }

  private async decideAndKeep(worked: Worked, collect: Collect, attempt: Attempt): Promise<void> {
    // Nothing is called any more, so nobody need be there.
    if ((await worked.progress()).remaining === 'nothing') return;
    const now = await collect(attempt.signal);
    const added = await this.decide(worked, now, attempt.allowVersionChange);
    await worked.append(added);
    const others = now.filter(({ service }) => service !== 'coordinator'); // this process stays what it is
    this.expected.set(worked.id, new Map(others.map(({ service, fingerprint }) => [service, fingerprint])));
  }

  private unknownBeginning(): string {
    return `it was begun by a version that did not record its build (before 0.2.0), and this is ${this.version}`;
  }

  private refusal(what: string, why: string): UserError {
    const message =
      `${what}: ${why}. Results of two builds would be mixed. Finish it with the build that began it, or allow the ` +
      'change with --allow-version-change (allow_version_change), which its report then says';
    return new UserError(message, 'BUILD_CHANGED', 'allow_version_change');
  }
}

/** Where it is computed is part of the run's configuration, so no flag allows another place: trainers would refuse. */
function requireProvider(what: string, before: readonly Build[], now: readonly Build[]): void {
  const [began, runs] = [before, now].map(
    (builds) => builds.find(({ service }) => service === 'trainer')?.parts['provider'],
  );
  if (began === undefined || runs === undefined || began === runs) return;
  throw new UserError(
    `${what}: it was begun on ${began}, and the trainers compute on ${runs}: results would differ by rounding in the ` +
      `middle. Start them with --provider ${began} to continue it, or begin another run on ${runs}`,
    'BUILD_CHANGED',
    'compute.provider',
  );
}

function isChange(error: unknown): error is UserError {
  return error instanceof UserError && error.reason === 'BUILD_CHANGED';
}

/** Longest time for asking what has changed, after a call was refused. */
const EXPLAIN_MS_MAX = 10_000;
