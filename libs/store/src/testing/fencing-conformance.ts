/** The part of artifact-conformance.ts that is about fencing: which writers are refused, and what they leave. */
import assert from 'node:assert/strict';
import { fill, writing } from './scratch.js';
import type { Fact } from './store-under-test.js';

const model = { 'config.json': '{}', 'model.safetensors': 'weights' };

export const fencingFacts: readonly Fact[] = [
  [
    'a writer is refused once its run has seen a higher fencing token; other writers are not',
    async (subject) => {
      const { store } = subject;
      const [older, newer] = [{ fencingToken: 9 }, { fencingToken: 10 }];
      await store.put('run/a', writing(model), older);
      const ref = await store.put('run/b', writing(model), newer);
      const refused = {
        name: 'UserError',
        reason: 'FAILED_PRECONDITION',
        message:
          /^run\/.*: run run was taken over by another coordinator: .* fencing token is 9, the store has seen 10/,
      };
      await assert.rejects(store.put('run/c', writing(model), older), refused);
      await assert.rejects(store.put('run/b', writing(model), older), refused);
      await assert.rejects(store.writeFile('run/report.json', '{}', older), refused);
      assert.equal(await store.find('run/c'), undefined);
      assert.deepEqual(await store.find('run/b'), ref);
      await store.put('other/a', writing(model), older);
      await store.put('run/d', writing(model));
      await store.put('run/e', writing(model), newer);
      await store.writeFile('run/report.json', '{}', newer);
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
  [
    'a writer that was superseded during its write is refused',
    async (subject) => {
      const { store } = subject;
      const replaced = store.put(
        'run/a',
        async (folder) => {
          await fill(folder, model);
          await store.put('run/b', writing(model), { fencingToken: 2 });
        },
        { fencingToken: 1 },
      );
      await assert.rejects(replaced, { reason: 'FAILED_PRECONDITION' });
      assert.equal(await store.find('run/a'), undefined);
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
  [
    'a superseded writer removes nothing',
    async ({ store }) => {
      const [older, newer] = [{ fencingToken: 1 }, { fencingToken: 2 }];
      await store.put('run/a', writing(model), older);
      await store.put('run/b', writing(model), newer);
      await assert.rejects(store.remove('run/a', older), {
        reason: 'FAILED_PRECONDITION',
        message: /taken over by another coordinator/,
      });
      assert.ok(await store.find('run/a'));
      assert.equal(await store.remove('run/a', newer), true);
    },
  ],
  [
    'a fencing token above those that were issued is refused and leaves nothing, and lower ones still count',
    async (subject) => {
      const { store } = subject;
      const made = { fencingToken: 4294967295 };
      await store.put('old/a', writing(model), made); // nothing was issued here yet
      assert.equal(await store.highestIssued(), 0);
      await store.issue(4);
      await store.issue(3);
      assert.equal(await store.highestIssued(), 4);
      const refused = {
        name: 'UserError',
        reason: 'FAILED_PRECONDITION',
        message: /^the fencing token 4294967295 was issued by no coordinator .*: the highest is 4\./,
      };
      await assert.rejects(store.put('run/a', writing(model), made), refused);
      await assert.rejects(store.writeFile('run/report.json', '{}', made), refused);
      await assert.rejects(store.requireIssued(made), refused);
      assert.deepEqual(await subject.leftovers(), []);
      for (const fencingToken of [3, 4]) await store.requireIssued({ fencingToken });
      await store.put('run/a', writing(model), { fencingToken: 3 });
      await store.put('run/b', writing(model), { fencingToken: 4 });
      await assert.rejects(store.put('run/c', writing(model), { fencingToken: 3 }), /the store has seen 4/);
      // A run that was taken over with a token of nobody, by an earlier version, goes on.
      await store.put('old/b', writing(model), { fencingToken: 4 });
      await store.issue(5);
      await store.put('run/c', writing(model), { fencingToken: 5 });
    },
  ],
  [
    'if a fencing token rises during the work, its value at the commit counts',
    async ({ store }) => {
      const lease = { fencingToken: 1 };
      const write = async (folder: string): Promise<void> => {
        await fill(folder, model);
        await store.put('run/b', writing(model), { fencingToken: 2 });
        lease.fencingToken = 2;
      };
      assert.deepEqual(await store.put('run/a', write, lease), await store.find('run/a'));
    },
  ],
];
