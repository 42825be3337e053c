import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifactLines } from './drive-run.js';

test('what a run left is named where it lies: all of it on S3, in a folder what is there', () => {
  assert.deepEqual(artifactLines('s3://bucket/deployment/', 'run'), [
    's3://bucket/deployment/run/report.html  the report, with figures',
    's3://bucket/deployment/run/report.json  the report as data',
    's3://bucket/deployment/run/promoted-student  the promoted student, a Hugging Face folder',
    's3://bucket/deployment/run/promotion-questions.jsonl  the questions that earned promotions',
  ]);
  assert.deepEqual(artifactLines('nowhere', 'run'), []);
});
