/** The split of problems in two, and the manifest of a screening. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Problem } from './problem.js';
import {
  checkScreening,
  hardIds,
  hashProblems,
  readScreening,
  requireModel,
  SCREENING_FORMAT,
  writeScreening,
} from './screening.js';
import type { ScreeningManifest } from './screening.js';
import { requireDisjoint, split } from './split.js';
import { testFolder } from './testing/files.js';

const folder = testFolder();
const many = (count: number): Problem[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${i}`, question: `q ${i}`, answer: '1' }));

test('a split is two halves that depend on ids and seed, not on order', () => {
  const problems = many(719);
  const { train, test: held } = split(problems, 3);
  assert.deepEqual([train.length, held.length], [359, 360]);
  const ids = (list: readonly { id: string }[]) => list.map((p) => p.id).sort();
  assert.deepEqual([...ids(train), ...ids(held)].sort(), ids(problems));
  assert.deepEqual(ids(split([...problems].reverse(), 3).train), ids(train));
  assert.notDeepEqual(ids(split(problems, 4).train), ids(train));
  assert.throws(() => split(many(1), 0), /at least 2 problems/);
});

test('a problem in both splits is refused', () => {
  const a = many(2);
  const train = { problems: a, source: 'train.jsonl' };
  requireDisjoint({ ...train, problems: a.slice(0, 1) }, { problems: a.slice(1), source: 'test.jsonl' });
  assert.throws(
    () => requireDisjoint(train, { problems: a, source: 'test.jsonl' }),
    /test\.jsonl: id "p0" and 1 more also in train\.jsonl/,
  );
});

const problems = many(3);
const manifest: ScreeningManifest = {
  format: SCREENING_FORMAT,
  modelSha256: 'a'.repeat(64),
  problemsSha256: hashProblems(problems),
  domain: 'arithmetic',
  samples: 128,
  sampling: { temperature: 1, topP: 1, topK: 0, maxNewTokens: 60 },
  seed: 1,
  outcomes: problems.map((p, i) => ({ problemId: p.id, samples: 128, correct: i, ungraded: 0 })),
};

test('a screening reads back and names its hard problems', async () => {
  const path = join(folder.path, 'screening.json');
  await writeScreening(path, manifest);
  const read = await readScreening(path);
  assert.deepEqual(read, manifest);
  assert.deepEqual(hardIds(read), ['p0']);
});

test('a hard set is refused for another model', () => {
  requireModel(manifest, 'a'.repeat(64), 'hard.jsonl');
  assert.throws(
    () => requireModel(manifest, 'b'.repeat(64), 'hard.jsonl'),
    /hard\.jsonl: this set was screened with the model aaa/,
  );
});

test("the hash of problems depends on their texts and not on the file's order", () => {
  const hash = hashProblems(problems);
  assert.equal(hashProblems([...problems].reverse()), hash);
  assert.notEqual(hashProblems([{ ...problems[0]!, question: 'another' }, ...problems.slice(1)]), hash);
});

test('a malformed manifest is refused by field', () => {
  const cases: [object, RegExp][] = [
    [{ format: 'x' }, /format: expected "soar-screening\/1"/],
    [{ modelSha256: 'A' }, /modelSha256/],
    [{ sampling: {} }, /sampling\.temperature/],
    [{ outcomes: [] }, /outcomes: expected at least one/],
    [
      { outcomes: [manifest.outcomes[0], manifest.outcomes[0]] },
      /outcomes\[1\]\.problemId: expected each id once/,
    ],
    [{ outcomes: [{ ...manifest.outcomes[0], correct: 129 }] }, /correct \+ ungraded <= samples/],
  ];
  for (const [change, message] of cases)
    assert.throws(() => checkScreening({ ...manifest, ...change }, 's'), message);
});
