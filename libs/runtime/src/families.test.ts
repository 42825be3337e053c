/**
 * Every family against transformers and PyTorch: libs/model/testdata/families has tiny random models that transformers
 * wrote (make_families.py there).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { NamedTensor } from '@soar/model';
import { readModelConfig } from './model-folder.js';
import { ModelPool } from './model-pool.js';
import { checkAgainstPyTorch } from './pytorch.fixture.js';
import { WORK_SHAPES_DEFAULT } from './settings.js';
import { settings } from './testing.fixture.js';
import { readTensors } from './weight-files.js';

const families = fileURLToPath(new URL('../../model/testdata/families', import.meta.url));
const names = readdirSync(families);
const pool = new ModelPool(settings());
const scratch = mkdtempSync(join(tmpdir(), 'soar-families-'));
after(async () => {
  await pool.close();
  rmSync(scratch, { recursive: true });
});

for (const name of names) describe(name, () => check(name, join(families, name)));

// Micro-batches of so many tokens that even these vocabularies count as large.
const shapes = { ...WORK_SHAPES_DEFAULT, headTokens: 5 };
const compute = { microBatchTokens: 2 ** 18, recompute: true };
const inChunks = new ModelPool(settings({ shapes, memoryBytes: 2 ** 44 }));
after(() => inChunks.close());
for (const name of ['llama', 'gemma2', 'granite']) {
  describe(`${name}, output head in chunks, layers recomputed`, () => {
    const folder = join(families, name);
    checkAgainstPyTorch({ handle: name, folder }, readModelConfig(folder), inChunks, compute);
  });
}

function check(name: string, folder: string): void {
  checkAgainstPyTorch({ handle: name, folder }, readModelConfig(folder), pool);

  test('a saved model has the names, layout and values of the one that was read', async () => {
    const saved = mkdtempSync(join(scratch, 'saved-'));
    await pool.run(async (worker) => {
      await worker.load({ handle: name, folder });
      await worker.save(name, saved);
    });
    // The text must be equal: where transformers wrote 3.0, it does not accept 3.
    const config = (of: string): string => readFileSync(join(of, 'config.json'), 'utf8');
    assert.equal(config(saved), config(folder).replace('bfloat16', 'float32'));
    const sorted = (all: readonly NamedTensor[]) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const read = readdirSync(folder)
      .filter((file) => /^model.*\.safetensors$/.test(file))
      .flatMap((file) => readTensors(join(folder, file)));
    assert.deepEqual(sorted(readTensors(join(saved, 'model.safetensors'))), sorted(read));
  });
}
