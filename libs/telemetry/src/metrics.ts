/**
 * Every metric, with its unit, the attributes that it may have, and the boundaries of its buckets.
 *
 * Each combination of attributes is a time series that lives as long as its process, so attributes have few values:
 * methods, statuses, arms, verdicts. The only one that grows is the run (and its base model); the SDK keeps 2000 series
 * of a metric and counts the rest together as `otel.metric.overflow`. The outer step is a value (`soar.run.outer_step`)
 * and no attribute, as are checkpoints of students. Names, units and boundaries of `rpc.*` and `process.*` are those of
 * OpenTelemetry's semantic conventions 1.45.
 */
import { type AttributeName, type Attributes, attributes } from './names.js';

/** How a metric is recorded: counters add, histograms and gauges record, observed gauges are asked. */
type MetricKind = 'counter' | 'histogram' | 'gauge' | 'observed';

interface Metric {
  readonly name: string;
  /** `observed`: a gauge that is asked for its value when metrics are read (`observe`). */
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly about: string;
  readonly attributes: readonly AttributeName[];
  /** Upper bounds of the buckets, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Calls: the conventions' boundaries up to 10 s, then to a training of an hour. */
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
/** Work: 1 ms to an hour, about three to a decade. */
const WORK_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
];
/** A student's reward is 0, 1 or between for domains that say right or wrong, and 0, 10, 20 or 120 for mathematics. */
const STUDENT_REWARDS = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 5, 10, 20, 40, 60, 80, 100, 120];

const { runId, arm, checkpoint, operation, rpcMethod, rpcStatus, rpcSystem, errorType } = attributes;

export const metricNames = {
  // Rewards of datasets are below 0 as often as above, and histograms of the SDK drop negative values.
  runReward: {
    name: 'soar.run.reward',
    kind: 'gauge',
    unit: '1',
    about: 'Mean reward of the datasets of the latest outer step, R_k, from -1 to 1.',
    attributes: [runId],
  },
  datasets: {
    name: 'soar.datasets',
    kind: 'counter',
    unit: '{dataset}',
    about: 'Datasets scored, by whether students gained (above), lost (below) or neither (zero).',
    attributes: [runId, attributes.rewardSign],
  },
  outerStep: {
    name: 'soar.run.outer_step',
    kind: 'gauge',
    unit: '{step}',
    about: 'Latest outer step of a run that was scored, from 0.',
    attributes: [runId],
  },
  rolloutReward: {
    name: 'soar.rollout.reward',
    kind: 'histogram',
    unit: '1',
    about: 'Mean reward of a training step.',
    attributes: [runId, arm, checkpoint],
    buckets: STUDENT_REWARDS,
  },
  passAtK: {
    name: 'soar.pass_at_k',
    kind: 'gauge',
    unit: '1',
    about: 'pass@k of an arm on the held-out split.',
    attributes: [runId, arm, attributes.k],
  },
  promotions: {
    name: 'soar.promotions',
    kind: 'counter',
    unit: '{promotion}',
    about: 'Students promoted.',
    attributes: [runId],
  },
  tokens: {
    name: 'soar.tokens',
    kind: 'counter',
    unit: '{token}',
    about: 'Tokens sampled.',
    attributes: [operation],
  },
  queueDepth: {
    name: 'soar.queue.depth',
    kind: 'observed',
    unit: '{task}',
    about: 'Work that waits for a worker.',
    attributes: [],
  },
  modelMemory: {
    name: 'soar.model.memory',
    kind: 'observed',
    unit: 'By',
    about: 'Memory for models of a trainer: promised to work, or free. Not what the process has taken.',
    attributes: [attributes.memoryState],
  },
  deviceBytes: {
    name: 'soar.device.io',
    kind: 'counter',
    unit: 'By',
    about: 'Bytes of tensors that cross the bus of a device; counted when a job ends. WebGPU only.',
    attributes: [attributes.direction],
  },
  stepSeconds: {
    name: 'soar.training_step.duration',
    kind: 'histogram',
    unit: 's',
    about: 'One training step.',
    attributes: [runId, arm, checkpoint],
    buckets: WORK_SECONDS,
  },
  verdicts: {
    name: 'soar.verdicts',
    kind: 'counter',
    unit: '{verdict}',
    about: 'Answers judged, by verdict.',
    attributes: [attributes.verdict],
  },
  serverSeconds: {
    name: 'rpc.server.call.duration',
    kind: 'histogram',
    unit: 's',
    about:
      'Calls served, from the request to the status. Calls refused before they are read are not among them.',
    attributes: [rpcSystem, rpcMethod, rpcStatus, errorType],
    buckets: CALL_SECONDS,
  },
  clientSeconds: {
    name: 'rpc.client.call.duration',
    kind: 'histogram',
    unit: 's',
    about: 'Calls made, retries of the transport included.',
    attributes: [rpcSystem, rpcMethod, rpcStatus, errorType],
    buckets: CALL_SECONDS,
  },
  processMemory: {
    name: 'process.memory.usage',
    kind: 'observed',
    unit: 'By',
    about: 'Resident memory of the process.',
    attributes: [],
  },
} as const satisfies Record<string, Metric>;

/** A declared metric. */
export type MetricName = keyof typeof metricNames;

type Observed = {
  [M in MetricName]: (typeof metricNames)[M]['kind'] extends 'observed' ? M : never;
}[MetricName];
/** A metric that is recorded when something happens. */
export type RecordedMetric = Exclude<MetricName, Observed>;
/** A metric that is asked for its value. */
export type ObservedMetric = Observed;
/** The attributes that a metric is declared with. */
export type AttributesOf<M extends MetricName> = Pick<
  Attributes,
  (typeof metricNames)[M]['attributes'][number]
>;
