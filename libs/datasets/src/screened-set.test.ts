import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Problem } from './problem.js';
import { hardSplit, requireFreeFolder, requireScreenedWith, writeScreenedSet } from './screened-set.js';
import { hashProblems, SCREENING_FORMAT, type ScreeningManifest } from './screening.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-screened-'));
after(() => rmSync(folder, { recursive: true }));

const problems: Problem[] = Array.from({ length: 6 }, (_, i) => ({
  id: `p${i}`,
  question: `${i}`,
  answer: '1',
}));

/** A screening in which the first problems were solved. */
const manifest = (solved: number): ScreeningManifest => ({
  format: SCREENING_FORMAT,
  modelSha256: 'a'.repeat(64),
  problemsSha256: hashProblems(problems),
  domain: 'arithmetic',
  samples: 8,
  sampling: { temperature: 1, topP: 1, topK: 0, maxNewTokens: 16 },
  seed: 0,
  outcomes: problems.map(({ id }, i) => ({
    problemId: id,
    samples: 8,
    correct: i < solved ? 1 : 0,
    ungraded: 0,
  })),
});

test('only problems without a correct sample are kept, in two halves', () => {
  const { train, test: held } = hardSplit(problems, manifest(1), 'pool');
  assert.deepEqual([train.length, held.length], [2, 3]);
  assert.deepEqual([...train, ...held].map(({ id }) => id).sort(), ['p1', 'p2', 'p3', 'p4', 'p5']);
});

test('a problem with a sample that has no verdict is not hard', () => {
  const { outcomes, ...rest } = manifest(0);
  const undecided = {
    ...rest,
    outcomes: outcomes.map((each, i) => (i < 3 ? { ...each, ungraded: 1 } : each)),
  };
  const { train, test: held } = hardSplit(problems, undecided, 'pool');
  assert.deepEqual([...train, ...held].map(({ id }) => id).sort(), ['p3', 'p4', 'p5']);
});

test('a pool that the model solves is refused', () => {
  assert.throws(
    () => hardSplit(problems, manifest(5), 'pool.jsonl'),
    /pool\.jsonl: 1 of 6 problems have no correct answer in 8 graded samples/,
  );
});

test('the set is written as a whole, is bound to the model, and is not overwritten', async () => {
  const out = join(folder, 'hard');
  const screening = manifest(0);
  await writeScreenedSet(out, hardSplit(problems, screening, 'pool'), screening);
  assert.deepEqual(readdirSync(folder), ['hard']);
  assert.deepEqual(readdirSync(out).sort(), ['manifest.json', 'test.jsonl', 'train.jsonl']);
  assert.equal(readFileSync(join(out, 'train.jsonl'), 'utf8').trim().split('\n').length, 3);
  assert.throws(() => requireFreeFolder(out), /hard: exists and is not empty/);
  await requireScreenedWith([join(out, 'train.jsonl')], 'a'.repeat(64), undefined);
  await assert.rejects(
    requireScreenedWith([join(out, 'train.jsonl')], 'b'.repeat(64), undefined),
    /was screened with the model aaa/,
  );
});

test('a folder may end in a slash; a path that cannot be a folder is refused before the work', async () => {
  const out = `${join(folder, 'slash')}/`;
  requireFreeFolder(out);
  await writeScreenedSet(out, hardSplit(problems, manifest(0), 'pool'), manifest(0));
  assert.deepEqual(readdirSync(out).sort(), ['manifest.json', 'test.jsonl', 'train.jsonl']);
  const file = join(out, 'test.jsonl');
  assert.throws(() => requireFreeFolder(file), /test\.jsonl: is a file/);
  assert.throws(() => requireFreeFolder(join(file, 'inside')), /inside: cannot be created: /);
});

test('a set that was screened in another domain or with another prompt is refused', async () => {
  const train = (out: string) => join(folder, out, 'train.jsonl');
  const prompt = { text: '{{question}}' };
  const asked = { ...manifest(0), prompt };
  await writeScreenedSet(join(folder, 'asked'), hardSplit(problems, asked, 'pool'), asked);
  const { domain } = asked;
  const uses = (out: string, asking?: { domain: string; prompt: unknown }) =>
    requireScreenedWith([train(out)], 'a'.repeat(64), asking);
  await uses('asked', { domain, prompt });
  await uses('asked');
  await assert.rejects(
    uses('asked', { domain: 'choice', prompt }),
    /in the domain .*, the configuration has choice/,
  );
  await assert.rejects(
    uses('asked', { domain, prompt: null }),
    /screened with the prompt \{"text".*, the configuration has the domain's prompt: .*--allow-other-prompt/,
  );
  await uses('hard', { domain, prompt });
});

test('problems without a manifest are accepted for any model', async () => {
  writeFileSync(join(folder, 'own.jsonl'), '');
  await requireScreenedWith([join(folder, 'own.jsonl')], 'b'.repeat(64), undefined);
});
