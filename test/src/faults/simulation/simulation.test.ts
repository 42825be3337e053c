/**
 * Schedules of faults by seed: `npm run faults -- --from 1 --schedules 10000` runs more, `--seed N` shows one. The
 * last tests break the system on purpose: a simulation that cannot fail proves nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Simulated, simulate } from './schedule.js';
import type { Canary } from './world.js';

/** Enough that each fault comes many times, also between any two others; what is rare is for `npm run faults`. */
const SCHEDULES = 130;

/** The part that must not depend on the faults. */
const outcome = ({ report, ledger, artifacts }: Simulated): unknown => ({ report, ledger, artifacts });

test(`${SCHEDULES} schedules end like the undisturbed run`, async () => {
  const undisturbed = outcome(await simulate({ seed: 0, rate: 0 }));
  const failures = new Set<string>();
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const simulated = await simulate({ seed });
    for (const reason of simulated.failures) failures.add(reason);
    assert.deepEqual(outcome(simulated), undisturbed, `seed ${seed}: npm run faults -- --seed ${seed}`);
  }
  // Only an error that needs its operator fails a run; a transient one does not.
  assert.deepEqual([...failures].sort(), ['RESOURCE_EXHAUSTED']);
});

test('a seed replays the same events', async () => {
  for (const seed of [3, 16, 248]) assert.deepEqual(await simulate({ seed }), await simulate({ seed }));
});

for (const canary of ['fencing', 'write-once'] as const satisfies Canary[]) {
  test(`without ${canary} the simulation finds an error`, async () => {
    const undisturbed = JSON.stringify(outcome(await simulate({ seed: 0, rate: 0, canary })));
    let found = 0;
    for (let seed = 1; seed <= 200 && found === 0; seed++) {
      const other = await simulate({ seed, canary }).then(outcome, () => undefined);
      if (other === undefined || JSON.stringify(other) !== undisturbed) found = seed;
    }
    assert.ok(found > 0);
  });
}
