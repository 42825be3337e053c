import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHfConfig } from '@soar/model';
import { modelConfigJson, quickstartAssets, quickstartTask as task } from '@soar/quickstart';
import { ModelPool, runtimeSettings } from '@soar/runtime';
import { skill } from './measure-model.js';

test('the shipped model has the skill for the problems that it never solves', async () => {
  const config = parseHfConfig(modelConfigJson(task), 'the shipped task: model');
  const pool = new ModelPool(runtimeSettings({ workers: 1 }));
  try {
    const rows = await pool.run(async (worker) => {
      await worker.load('base', quickstartAssets.model);
      return skill({ worker, handle: 'base', task, config });
    });
    assert.deepEqual(
      rows.map(({ kind, problems }) => [kind, problems]),
      [
        ['6 operands', 240],
        ['difference of 6', 240],
      ],
    );
    for (const { kind, problems, correct } of rows)
      assert.ok(correct > 0.9 * problems, `${kind}: ${correct} of ${problems}`);
  } finally {
    await pool.close();
  }
});
