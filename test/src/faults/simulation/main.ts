/** `npm run faults -- [--from N] [--schedules N] [--seed N]`: runs many schedules, or prints all events of one. */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { type Simulated, simulate } from './schedule.js';

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '10000' },
    seed: { type: 'string' },
  },
});
const outcome = ({ report, ledger, artifacts }: Simulated): unknown => ({ report, ledger, artifacts });
const undisturbed = outcome(await simulate({ seed: 0, rate: 0 }));

if (values.seed !== undefined) {
  const simulated = await simulate({ seed: Number(values.seed) });
  process.stdout.write(
    `${simulated.events.join('\n')}\nended after ${simulated.endMs / 1000} s of simulated time\n`,
  );
  assert.deepEqual(outcome(simulated), undisturbed);
} else {
  const [from, count, startMs] = [Number(values.from), Number(values.schedules), Date.now()];
  for (let seed = from; seed < from + count; seed++) {
    assert.deepEqual(
      outcome(await simulate({ seed })),
      undisturbed,
      `seed ${seed}: npm run faults -- --seed ${seed}`,
    );
  }
  process.stdout.write(
    `${count} schedules from seed ${from}, all like the undisturbed run, in ${(Date.now() - startMs) / 1000} s\n`,
  );
}
