/** Files that an argument names: patterns, folders as on the Hugging Face Hub, folders by save_to_disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testdata, testFolder } from '../testing/files.js';
import { filesAt, splitsAt } from './locate.js';
import { chooseFiles, splitOf, type SplitChoice } from './splits.js';

const folder = testFolder();
for (const name of [
  'a/train-1.jsonl',
  'a/train-10.jsonl',
  'a/train-2.jsonl',
  'a/b/test.csv',
  'a/.hidden.jsonl',
  'a/x.txt',
])
  folder.write(name, '');

/** The files that `path` names below the temporary folder. */
async function found(path: string, choice: SplitChoice = {}): Promise<string[]> {
  const files = await filesAt(`${folder.path}/${path}`, choice);
  return files.map((file) => file.slice(folder.path.length + 1));
}

test('a pattern gives the files that match, numbers in order', async () => {
  assert.deepEqual(await found('a/train-*.jsonl'), [
    'a/train-1.jsonl',
    'a/train-2.jsonl',
    'a/train-10.jsonl',
  ]);
  assert.deepEqual(await found('a/train-?.jsonl'), ['a/train-1.jsonl', 'a/train-2.jsonl']);
  assert.deepEqual(await found('**/*.csv'), ['a/b/test.csv']);
  assert.deepEqual(await found('a/**/t*'), [
    'a/b/test.csv',
    'a/train-1.jsonl',
    'a/train-2.jsonl',
    'a/train-10.jsonl',
  ]);
  assert.deepEqual(
    await found('a/../a/b/*'),
    ['a/b/test.csv'].map((name) => `a/../${name}`.replace('a/../', '')),
  );
  await assert.rejects(found('a/valid-*'), /valid-\*: not found/);
  await assert.rejects(found('b'), /b: not found; expected a file of problems, a folder/);
});

test('a folder gives one split; the choice is asked for', async () => {
  await assert.rejects(found('a'), /a: holds the splits test, train; choose one with --split/);
  assert.deepEqual(await found('a', { split: 'test' }), ['a/b/test.csv']);
  assert.equal((await found('a', { preferred: 'train' })).length, 3);
  await assert.rejects(found('a', { split: 'dev' }), /a: has no split "dev"; it has test, train/);
  assert.deepEqual(await found('a/b'), ['a/b/test.csv']);
});

test('the splits of a folder are listed', async () => {
  assert.deepEqual(await splitsAt(`${folder.path}/a`), ['test', 'train']);
  assert.deepEqual(await splitsAt(testdata('saved')), ['hard', 'test']);
  assert.deepEqual(await splitsAt(testdata('hub')), ['test', 'train']);
  assert.deepEqual(await splitsAt(`${folder.path}/a/b/test.csv`), []);
});

test('a single file is its own split', async () => {
  assert.deepEqual(await found('a/b/test.csv', { preferred: 'train' }), ['a/b/test.csv']);
  assert.deepEqual(await found('a/b/test.csv', { split: 'test' }), ['a/b/test.csv']);
  await assert.rejects(found('a/b/test.csv', { split: 'train' }), /has no split "train"; it has test/);
  folder.write('pool.jsonl', '');
  await assert.rejects(found('pool.jsonl', { split: 'train' }), /its files name no splits/);
});

test('save_to_disk names splits and files in JSON', async () => {
  const saved = testdata('saved');
  const hard = await filesAt(saved, { split: 'hard' });
  assert.deepEqual(
    hard,
    [1, 2].map((n) => `${saved}/hard/data-0000${n - 1}-of-00002.arrow`),
  );
  assert.equal((await filesAt(`${saved}/hard`, {})).length, 2);
  assert.equal((await filesAt(saved, { preferred: 'test' })).length, 1);
  await assert.rejects(filesAt(saved, {}), /saved: holds the splits hard, test; choose one with --split/);
  await assert.rejects(filesAt(saved, { split: 'train' }), /it has no "train"/);
  const damaged = folder
    .write('damaged/dataset_dict.json', '{"splits": 3}')
    .replace('/dataset_dict.json', '');
  await assert.rejects(
    filesAt(damaged, {}),
    /dataset_dict\.json: has no list "splits", as save_to_disk writes it/,
  );
});

test('splits are found in names as datasets finds them', () => {
  const cases: [string, string | undefined, string | undefined][] = [
    ['train.jsonl', 'train', ''],
    ['data/train-00000-of-00001.parquet', 'train', ''],
    ['main/test-00000-of-00001.parquet', 'test', 'main/'],
    ['MATH/train/algebra/1.json', 'train', 'MATH/'],
    ['my_dev_set.csv', 'validation', ''],
    ['data/hard-00000-of-00002.parquet', 'hard', ''],
    ['data-00000-of-00002.arrow', undefined, undefined],
    ['trainers.jsonl', undefined, undefined],
    ['latest.jsonl', undefined, undefined],
  ];
  for (const [name, split, set] of cases) assert.deepEqual(splitOf(name), { split, set }, name);
});

test('data sets side by side are not mixed, and files beside data are not read', () => {
  const names = ['main/train-0.parquet', 'socratic/train-0.parquet', 'README.md', 'dataset_infos.json'];
  assert.throws(
    () => chooseFiles(names, {}, 'gsm8k'),
    /gsm8k: holds several data sets: main\/, socratic\/; name one/,
  );
  assert.deepEqual(chooseFiles(['train.jsonl', 'manifest.json', '.cache/x.json'], {}, 'hard'), [
    'train.jsonl',
  ]);
  assert.throws(() => chooseFiles(['manifest.json'], {}, 'hard'), /hard: holds no problem files/);
});
