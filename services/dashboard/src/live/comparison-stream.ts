/** One comparison, live: the whole comparison with its finished units first, then each unit as it is finished. */
import { RunState } from '@soar/contracts';
import type { Clients } from '../clients.js';
import type { EventStream } from '../http/event-stream.js';
import { comparisonRow, unitRow } from '../rows/comparison-rows.js';
import { progressRow } from '../rows/run-rows.js';
import { follow } from './follow.js';
import { all } from './overview.js';

export async function streamComparison(
  events: EventStream,
  { comparisons }: Clients,
  id: string,
): Promise<void> {
  await follow(events, async () => {
    let state: RunState | undefined;
    for await (const event of comparisons.watchComparison({ id }, { signal: events.signal })) {
      if (event.comparison !== undefined) {
        state = event.comparison.state;
        const units = await all(
          ({ pageToken }) => comparisons.listComparisonUnits({ id, pageToken }, { signal: events.signal }),
          (page) => page.units.map(unitRow),
        );
        await events.send('comparison', comparisonRow(event.comparison, units));
      }
      if (event.unit !== undefined) await events.send('unit', unitRow(event.unit));
      if (event.progress !== undefined) await events.send('progress', progressRow(event.progress));
    }
    return { isFinal: state === RunState.CANCELLED };
  });
}
