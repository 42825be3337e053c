/** One run, live: the whole run first and at every change of state, then its steps, arms and progress. */
import { type Run, RunState } from '@soar/contracts';
import type { Clients } from '../clients.js';
import type { EventStream } from '../http/event-stream.js';
import { armRow, progressRow, runBrief, runRow, stepRow } from '../rows/run-rows.js';
import { follow } from './follow.js';

export async function streamRun(events: EventStream, { runs }: Clients, id: string): Promise<void> {
  await follow(events, async () => {
    let last: Run | undefined;
    for await (const event of runs.watchRun({ id }, { signal: events.signal })) {
      if (event.run !== undefined) {
        last = event.run;
        await events.send('run', runRow(event.run));
      }
      if (event.step !== undefined) {
        await events.send('step', stepRow(event.step));
        await sendBrief(events, runs, id);
      }
      if (event.arm !== undefined) await events.send('arm', armRow(event.arm));
      if (event.progress !== undefined) await events.send('progress', progressRow(event.progress));
    }
    return { isFinal: last?.state === RunState.SUCCEEDED || last?.state === RunState.CANCELLED };
  });
}

/** The estimate of the time left changes with every step, and promotions are not in the step's event. */
async function sendBrief(events: EventStream, runs: Clients['runs'], id: string): Promise<void> {
  const { run } = await runs.getRun({ id }, { signal: events.signal });
  if (run === undefined) return;
  const { promotions } = runRow({ ...run, report: { ...run.report!, steps: [], arms: [] } });
  await events.send('brief', { ...runBrief(run), promotions });
}
