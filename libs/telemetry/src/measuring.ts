/** The declared metrics as instruments, created at first use. Without the SDK a measurement costs a function call. */
import { metrics } from '@opentelemetry/api';
import { type Attributes, metricNames, type MetricName } from './names.js';

type Recorder = (value: number, attributes: Attributes) => void;
const instruments = new Map<MetricName, Recorder>();

/** Adds `value` to a counter, or records it in a histogram or gauge. Unit as declared in names.ts. */
export function measure(metric: MetricName, value: number, attributes: Attributes = {}): void {
  let instrument = instruments.get(metric);
  if (instrument === undefined) {
    instrument = make(metric);
    instruments.set(metric, instrument);
  }
  instrument(value, attributes);
}

function make(metric: MetricName): Recorder {
  const { name, kind, unit, about } = metricNames[metric];
  const meter = metrics.getMeter('soar');
  const options = { unit, description: about };
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'updown': {
      const counter = meter.createUpDownCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'histogram': {
      const histogram = meter.createHistogram(name, options);
      return (value, attributes) => histogram.record(value, attributes);
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, options);
      return (value, attributes) => gauge.record(value, attributes);
    }
  }
}
