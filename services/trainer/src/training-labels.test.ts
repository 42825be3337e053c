import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingLabels } from './training-labels.js';

const base = { weights: { key: 'base', sha256: '' } };
const student = { weights: { key: 'run-a/step-3/dataset-0/repeat-1', sha256: '' } };

test('metrics of trainings are told apart by run, arm and base model', () => {
  const labels = (id: string) => Object.values(trainingLabels(id, base));
  assert.deepEqual(labels('run-a/step-12/dataset-3/repeat-0'), ['run-a', 'outer-loop', 'base']);
  assert.deepEqual(labels('run-b/hard-only'), ['run-b', 'hard-only', 'base']);
  assert.deepEqual(labels('cmp/student-hard-only-3'), ['cmp', 'hard-only', 'base']);
  assert.deepEqual(labels('cmp/student-soar-0-11'), ['cmp', 'soar', 'base']);
  assert.deepEqual(Object.values(trainingLabels('run-a/pq', student)), ['run-a', 'pq', 'promoted']);
  assert.deepEqual(labels('mine'), ['mine', undefined, 'base']);
});
