/**
 * The measure of diversity can see a collapse: real questions of two teachers, the untrained one and one that learned
 * to ask a single kind with ever new numbers, by hidden states of the real base model.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { diversity, ngramKernel, type TeacherName, type TeacherUnit } from '@soar/experiments';
import { published } from './results/comparison-folder.js';
import { runSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { baseModel } from './tiny-run.js';

const folder = temporaryFolder();
const SEED = 1;

function asked(teacher: TeacherName): TeacherUnit {
  const unit = published('quickstart').units.get(`teacher-${teacher}-${SEED}`);
  assert.ok(unit?.unit === 'teacher', teacher);
  return unit;
}

test('hidden states tell a collapsed set of questions from a diverse one, which strings do not', async () => {
  const [diverse, collapsed] = [asked('base'), asked('intrinsic')];
  const files = [diverse, collapsed].map(({ teacher, questions }) => {
    const rows = questions.map(({ question, answer }, i) => ({ id: `${teacher}-${i}`, question, answer }));
    return folder.write(`${teacher}.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });
  const args = ['diversity', '--json', '--model', baseModel, '--artifacts', folder.at('runs')];
  const { code, stdout, stderr } = await runSoar([...args, ...files]);
  assert.equal(code, 0, stderr);
  const scores = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { value: number }).value);
  assert.ok(scores[1]! < 0.4 * scores[0]!, `hidden states: ${String(scores)}`);
  // The run itself measured the same questions, with draws of its own.
  for (const [i, { hiddenDiversity }] of [diverse, collapsed].entries())
    assert.ok(
      Math.abs(scores[i]! - hiddenDiversity!.asked) < 0.1 * hiddenDiversity!.asked,
      `${i}: ${scores[i]}`,
    );
  const [before, after] = [diverse, collapsed].map(
    ({ questions }) => diversity(ngramKernel(questions.map(({ question }) => question)), Random.of(0)).value,
  );
  assert.ok(after! > 0.85 * before!, `trigrams: ${before} ${after}`);
});
