/** The admission of builds by one coordinator: it asks its own services, and waits for those that are away. */
import type { Build, UsedBuild, WorkingBuilds } from '@soar/contracts';
import { retry, UserError } from '@soar/core';
import type { CallOptions, Fingerprints } from '@soar/grpc-kit';
import { RETRYABLE_QUICK, retryPolicy } from '../clients/retry-policy.js';
import { Admission, type Worked } from './admission.js';
import { agreedBuilds } from './collect.js';
import { areEqual } from './differences.js';

/** Deadline of GetBuild, with what it asks in turn. */
const ASK_MS_MAX = 20_000;

export interface WorkingBuildsOptions {
  /** The coordinator's own. */
  readonly build: Build;
  /** Asks its services. */
  readonly ask: (options: CallOptions) => Promise<UsedBuild[]>;
  /** How long an execution waits for a service that is away. */
  readonly unavailableMs: number;
}

export class WorkingBuildsRecorder {
  private readonly admission: Admission;

  constructor(private readonly options: WorkingBuildsOptions) {
    this.admission = new Admission(options.build.version);
  }

  /** Refuses replicas of different builds; a service that is away is not waited for. */
  async checkAgreement(signal: AbortSignal): Promise<void> {
    try {
      await this.collect(signal);
    } catch (error) {
      if (!(error instanceof UserError && RETRYABLE_QUICK.includes(error.reason))) throw error;
    }
  }

  /** For a call of a user: fails at once where a service is away. Throws BUILD_CHANGED. */
  admit(worked: Worked, allowVersionChange: boolean, signal: AbortSignal): Promise<void> {
    return this.admission.admit(worked, (ending) => this.collect(ending), { allowVersionChange, signal });
  }

  /** Throws what `admit` would throw, and records nothing. */
  async check(worked: Worked, allowVersionChange: boolean, signal: AbortSignal): Promise<void> {
    await this.admission.decide(worked, await this.collect(signal), allowVersionChange);
  }

  /** For an execution. */
  admitWaiting(worked: Worked, signal: AbortSignal): Promise<void> {
    const { unavailableMs } = this.options;
    const policy = retryPolicy({
      service: 'a service',
      unavailableMs,
      signal,
      retryable: RETRYABLE_QUICK,
    });
    const collect = (ending: AbortSignal): Promise<Build[]> => retry(policy, () => this.collect(ending));
    return this.admission.admit(worked, collect, { allowVersionChange: false, signal });
  }

  /** Whether one set of builds alone has worked, and it is the one that is there. */
  async areThere([only, ...others]: readonly WorkingBuilds[], signal: AbortSignal): Promise<boolean> {
    if (only === undefined || others.length > 0) return false;
    return areEqual(only.services, await this.collect(signal));
  }

  expectedFor(id: string): Fingerprints {
    return this.admission.expectedFor(id);
  }

  explained(worked: Worked, error: unknown): Promise<Error> {
    return this.admission.explained(worked, (ending) => this.collect(ending), error);
  }

  private async collect(signal: AbortSignal): Promise<Build[]> {
    const { build, ask } = this.options;
    return agreedBuilds(build, await ask({ signal, deadlineMs: ASK_MS_MAX }));
  }
}
