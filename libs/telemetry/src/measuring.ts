/**
 * The declared metrics as instruments: of the SDK that register.ts started, and of the endpoint for Prometheus
 * (metrics-endpoint.ts). Where neither runs, a measurement costs a function call.
 */
import { type Meter, metrics } from '@opentelemetry/api';
import {
  type AttributesOf,
  type MetricName,
  metricNames,
  type ObservedMetric,
  type RecordedMetric,
} from './metrics.js';
import type { Attributes } from './names.js';
import { defined } from './tracing.js';

type Recorder = (value: number, attributes: Attributes) => void;
/** A value of an observed metric. */
interface Observation<M extends ObservedMetric> {
  readonly value: number;
  readonly attributes?: AttributesOf<M>;
}
type Observer = (meter: Meter) => void;

const added: Meter[] = [];
const recorders = new Map<MetricName, Recorder>();
const observers = new Set<Observer>();

/** Adds `value` to a counter, or records it in a histogram or gauge. Unit as declared in metrics.ts. */
export function measure<M extends RecordedMetric>(
  metric: M,
  value: number,
  attributes: AttributesOf<NoInfer<M>> = {} as AttributesOf<M>,
): void {
  let recorder = recorders.get(metric);
  if (recorder === undefined) {
    const all = meters().map((meter) => make(meter, metric));
    recorder = (...given) => all.forEach((record) => record(...given));
    recorders.set(metric, recorder);
  }
  recorder(value, defined(attributes));
}

/** Asks `read` whenever metrics are read, until the function that it returns is called. */
export function observe<M extends ObservedMetric>(metric: M, read: () => Observation<M>[]): () => void {
  const { name, unit, about } = metricNames[metric];
  const detach: (() => void)[] = [];
  const observer: Observer = (meter) => {
    const gauge = meter.createObservableGauge(name, { unit, description: about });
    const answer: Parameters<typeof gauge.addCallback>[0] = (result) => {
      for (const { value, attributes = {} } of read()) result.observe(value, attributes);
    };
    gauge.addCallback(answer);
    detach.push(() => gauge.removeCallback(answer));
  };
  observers.add(observer);
  for (const meter of meters()) observer(meter);
  return () => {
    observers.delete(observer);
    for (const each of detach.splice(0)) each();
  };
}

/** Records into `meter` too, from now on, until the function that it returns is called. */
export function addMeter(meter: Meter): () => void {
  added.push(meter);
  recorders.clear(); // they are made anew, with this meter
  for (const observer of observers) observer(meter);
  return () => {
    added.splice(added.indexOf(meter), 1);
    recorders.clear();
  };
}

function meters(): Meter[] {
  return [metrics.getMeter('soar'), ...added];
}

function make(meter: Meter, metric: RecordedMetric): Recorder {
  const { name, kind, unit, about } = metricNames[metric];
  const options = { unit, description: about };
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'histogram': {
      const explicitBucketBoundaries = [...metricNames[metric].buckets];
      const histogram = meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries } });
      return (value, attributes) => histogram.record(value, attributes);
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, options);
      return (value, attributes) => gauge.record(value, attributes);
    }
  }
}
