/**
 * The spans of a run: one root span for the whole run, and a separate trace for every outer step, linked to it.
 *
 * A trace of several days would be of no use; an outer step is the unit to look at. Arms are spans of the run's trace.
 */
import { attributes, type Carrier, carrier, spans, withSpan } from '@soar/telemetry';
import type { RunContext } from '../loop/run-context.js';

/** Runs `work` in the run's root span, and passes that span's context to it. A resumed run has a new root span. */
export function traceRun<T>(runId: string, work: (root: Carrier) => Promise<T>): Promise<T> {
  return withSpan(spans.run, { [attributes.runId]: runId }, () => work(carrier()), { root: true });
}

/** `traced` of a RunContext. */
export function tracedIn(runId: string, root: Carrier): RunContext['traced'] {
  return (name, label, work) =>
    name === 'outer-step'
      ? withSpan(
          spans.outerStep,
          { [attributes.runId]: runId, [attributes.outerStep]: Number(label) },
          work,
          {
            root: true,
            links: [root],
          },
        )
      : withSpan(spans.arm, { [attributes.runId]: runId, [attributes.arm]: label }, work, { parent: root });
}
