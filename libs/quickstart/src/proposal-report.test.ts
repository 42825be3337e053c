/** The report on a model's proposals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '@soar/domains';
import { proposalReport } from './proposal-report.js';

test('proposals are counted by form, by the oracle and by kind', () => {
  const completions = ['123=#123', '123+456=#579', '123+456=#111', '12=#12', '123+456'];
  assert.deepEqual(proposalReport(domainNamed('arithmetic'), completions), {
    completions: 5,
    wellFormed: 3,
    correct: 2,
    kinds: [
      { kind: '1 operand', count: 1, correct: 1 },
      { kind: '2 operands', count: 2, correct: 1 },
    ],
  });
});
