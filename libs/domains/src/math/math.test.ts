/** The mathematics domain: how proposals are read, and the four reward levels under attempts to game them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewardOf } from '@soar/verify';
import { domainNamed } from '../registry.js';

const math = domainNamed('math');

test('a proposal is read from its tags, with anything around them', () => {
  const read = math.parseProposal(
    'Let me think.\n<question>\nWhat is $2+2$?\n</question>\n<answer>\\boxed{4}</answer>\nBecause.',
  );
  assert.deepEqual(read, { ok: true, question: 'What is $2+2$?', answer: '4' });
});

test('a closing question tag without its slash is accepted, as the paper prints it', () => {
  const read = math.parseProposal('<question>What is 2+2?<question><answer>so \\boxed{4}</answer>');
  assert.deepEqual(read, { ok: true, question: 'What is 2+2?', answer: '4' });
});

test('malformed proposals are refused with a reason', () => {
  const bad = [
    '<question>What is 2+2?</question>',
    '<question></question><answer>\\boxed{4}</answer>',
    '<question>What?<answer>\\boxed{4}</answer>',
    '<answer>\\boxed{4}</answer><question>What?</question>',
    '<question>What?</question><answer>4</answer>',
    '<question>What?</question><answer>\\boxed{4}',
    '<question>What?</question><answer>\\boxed{}</answer>',
    '<question>What?</question><answer>\\boxed{\\frac{1}{}}</answer>',
    '<question>What?</question><answer>\\boxed{1+}</answer>',
  ];
  for (const completion of bad) {
    const read = math.parseProposal(completion);
    assert.ok(!read.ok && read.reason.length > 0, completion);
  }
});

test('the four reward levels', () => {
  const reward = (response: string): number => rewardOf(math.verify('\\frac{1}{2}', response));
  assert.equal(reward('so \\boxed{0.5}'), 120);
  assert.equal(reward('so \\boxed{\\frac{1}{2} + 1}'), 20, 'wrong, but the gold text occurs in the answer');
  assert.equal(reward('so \\boxed{3}'), 10);
  assert.equal(reward('so the answer is 1/2'), 0, 'right, but not in a box');
});

test('a gold that cannot be read is reported and never rewarded as correct', () => {
  const judged = math.verify('\\frac{1}{', '\\boxed{1}');
  assert.equal(judged.verdict, 'GOLD_UNPARSEABLE');
  assert.equal(rewardOf(judged), 10);
});
