/** A process for tracing.test.ts: a span, a second trace that links to it, and a span in a worker thread. */
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import {
  attributes,
  type Carrier,
  carrier,
  measure,
  shutdownTelemetry,
  spans,
  withCarrier,
  withSpan,
} from './index.js';

if (isMainThread) {
  await withSpan(spans.run, { [attributes.runId]: process.argv[2] }, async (run) => {
    const ofRun = carrier();
    await withSpan(
      spans.outerStep,
      { [attributes.outerStep]: 0 },
      async () => {
        measure('tokens', 7, { [attributes.operation]: 'chat' });
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: carrier() });
        await new Promise((resolve) => worker.once('exit', resolve));
        await withSpan(spans.score, { [attributes.promoted]: true }, () => {});
        for (let i = 0; i < 300; i++) await withSpan(spans.generate, { [attributes.samples]: i }, () => {});
      },
      { root: true, links: [ofRun] },
    );
    const failing = withSpan(spans.evaluate, {}, () => Promise.reject(new Error('no such checkpoint')));
    await failing.catch(() => {});
    process.stdout.write(JSON.stringify({ recording: run.isRecording(), carrier: ofRun }));
  });
} else {
  await withCarrier(workerData as Carrier, () =>
    withSpan(spans.workerStep, { [attributes.worker]: 0 }, () => {}),
  );
}
await shutdownTelemetry();
