/**
 * What making a unit of a comparison depends on: the inputs, the services, and the runs of teachers.
 */
import type { CheckpointRef, CreateComparisonRequest, HeldOutOutcomes, Run } from '@soar/contracts';
import type { AskedDomain } from '@soar/domains';
import type { Durable, Services, Tracker } from '../loop/run-context.js';
import type { CompleteConfig } from '../runs/run-rules.js';
import type { TeacherTask } from './unit-plan.js';

export interface ComparisonContext {
  readonly request: CreateComparisonRequest;
  readonly config: CompleteConfig;
  readonly domain: AskedDomain;
  /** The base model, with its hash. */
  readonly base: CheckpointRef;
  readonly services: Services;
  /** A named, memoised step of the comparison. */
  readonly step: Durable['step'];
  /** The run that trains a teacher, once it has SUCCEEDED. Creates it, finds it, or resumes it if it had failed. */
  teacherRun(task: TeacherTask): Promise<Run>;
  /** Held-out outcomes of the base model, with the samples of a student seed. */
  untrained(studentSeed: number): Promise<HeldOutOutcomes>;
  /** Announces an activity, as RunContext's. */
  track(activity: string, total: number, unit: string): Tracker;
  /** Seconds on a clock that only goes forward; for costs alone. */
  now(): number;
}
