/**
 * What a domain must do, one check each. A check throws when the domain does not, with what was sent, what was expected
 * and what came back; it returns a reason when there is nothing to check.
 */
import { Verdict } from '@soar/contracts';
import { UserError } from '@soar/core';
import { declared } from '@soar/domains';
import { fillAll, teacherPrompt } from '@soar/prompts';
import type { Graded } from '../replies.js';
import { HOSTILE } from './hostile.js';
import { type Pair, type Subject, UNKNOWN_DOMAIN } from './subject.js';

export interface Check {
  /** What is true of a domain that passes. */
  readonly fact: string;
  run(subject: Subject): Promise<string | void>;
}

const NO_EXAMPLES = 'the definition has no examples';

export const CHECKS: readonly Check[] = [
  { fact: 'the prompts render, and the student sees the question as it is', run: promptsRender },
  { fact: 'a proposal that is written as the definition says is read', run: proposalsAreRead },
  { fact: 'gold answers can be read, and equal ones have one normal form', run: goldsAreRead },
  { fact: 'right responses are correct, wrong ones are not', run: verdictsAreRight },
  {
    fact: 'a correct answer earns more than a wrong one, and that no less than none',
    run: rewardsAreInOrder,
  },
  { fact: 'an empty answer is no answer', run: emptyIsNoAnswer },
  { fact: 'verdicts come in the order of the items, in batches of one or many', run: orderIsKept },
  { fact: 'equal requests have equal verdicts', run: isDeterministic },
  { fact: 'hostile responses are never correct, and none fails or hangs', run: hostileResponses },
  { fact: 'hostile gold answers fail nothing', run: hostileGolds },
  { fact: 'an unknown domain is refused', run: unknownIsRefused },
];

function fail(what: string): never {
  throw new UserError(what, 'FAILED_PRECONDITION');
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function describe({ verdict, extracted }: Graded): string {
  return `${Verdict[verdict] ?? verdict}${extracted === '' ? '' : ` (extracted ${shown(extracted)})`}`;
}

async function promptsRender({ definition }: Subject): Promise<void> {
  const asked = declared(definition);
  const { messages, text } = definition.student!;
  const templates = [text, ...messages.map(({ content }) => content)].filter((template) => template !== '');
  const question = 'Is {{ 7 * 7 }} {% odd %}, "really"?\n$& \\1';
  const filled: string[] = [];
  for (const template of templates) filled.push(...(await fillAll(template, [question], 'student')));
  if (!filled.some((each) => each.includes(question)))
    fail(`the student's prompt does not hold the question ${shown(question)} as it is`);
  const { text: teacher, messages: turns = [] } = teacherPrompt(asked, undefined);
  if (`${teacher ?? ''}${turns.map(({ content }) => content).join('')}`.trim() === '')
    fail('the teacher is asked nothing');
}

async function proposalsAreRead({ definition, parse }: Subject): Promise<string | void> {
  const { examples, proposal } = definition;
  if (examples.length === 0) return NO_EXAMPLES;
  const asked = declared(definition);
  const question = proposal?.question ?? { open: '<question>', close: '</question>' };
  const answer = proposal?.answer ?? { open: '<answer>', close: '</answer>' };
  for (const example of examples) {
    const stated = proposal?.boxed === true ? `\\boxed{${example.answer}}` : example.answer;
    // One mark may end the question and begin the answer.
    const between = question.close === answer.open ? answer.open : `${question.close}${answer.open}`;
    const written = `${question.open}${example.question}${between}${stated}${answer.close}`;
    const read = asked.parseProposal(written);
    if (!read.ok) fail(`${shown(written)} is not read: ${read.reason}`);
    if (read.question !== example.question.trim())
      fail(`${shown(written)}: the question is read as ${shown(read.question)}`);
    const [parsed] = await parse([read.answer]);
    if (!parsed!.parsed)
      fail(`${shown(written)}: its answer ${shown(read.answer)} cannot be read: ${parsed!.reason}`);
  }
}

async function goldsAreRead({ definition: { examples }, parse }: Subject): Promise<string | void> {
  if (examples.length === 0) return NO_EXAMPLES;
  const answers = examples.map(({ answer }) => answer);
  const read = await parse([...answers, ...answers]);
  answers.forEach((answer, i) => {
    const [first, second] = [read[i]!, read[i + answers.length]!];
    if (!first.parsed) fail(`the gold ${shown(answer)} cannot be read: ${first.reason}`);
    if (first.canonical === '') fail(`the gold ${shown(answer)} is read, but canonical is empty`);
    if (first.canonical !== second.canonical)
      fail(
        `the gold ${shown(answer)} is read as ${shown(first.canonical)}, then as ${shown(second.canonical)}`,
      );
  });
}

/** The examples as items, with what is expected of each. */
function pairsOf({ definition: { examples } }: Subject): (Pair & { readonly isRight: boolean })[] {
  return examples.flatMap(({ answer: gold, right, wrong }) => [
    { gold, response: right, isRight: true },
    ...(wrong === '' ? [] : [{ gold, response: wrong, isRight: false }]),
  ]);
}

async function verdictsAreRight(subject: Subject): Promise<string | void> {
  const pairs = pairsOf(subject);
  if (pairs.length === 0) return NO_EXAMPLES;
  const graded = await subject.verify(pairs);
  pairs.forEach(({ gold, response, isRight }, i) => {
    const got = graded[i]!;
    if ((got.verdict === Verdict.CORRECT) === isRight) return;
    const expected = isRight ? 'CORRECT' : 'anything but CORRECT';
    fail(`gold ${shown(gold)}, response ${shown(response)}: expected ${expected}, got ${describe(got)}`);
  });
}

async function rewardsAreInOrder(subject: Subject): Promise<string | void> {
  const pairs = pairsOf(subject);
  if (pairs.length === 0) return NO_EXAMPLES;
  const graded = await subject.verify([...pairs, { gold: pairs[0]!.gold, response: '' }]);
  const none = graded.at(-1)!.reward;
  const rewards = (isRight: boolean): number[] =>
    pairs.flatMap((pair, i) => (pair.isRight === isRight ? [graded[i]!.reward] : []));
  const [least, most] = [Math.min(...rewards(true)), Math.max(none, ...rewards(false))];
  if (least <= most)
    fail(`a correct response earns ${least}, a wrong or empty one ${most}: nothing is learned`);
  const worst = Math.min(...rewards(false));
  if (worst < none) fail(`a wrong answer earns ${worst}, no answer ${none}: silence is learned`);
}

async function emptyIsNoAnswer(subject: Subject): Promise<void> {
  const gold = subject.definition.examples[0]?.answer ?? '1';
  for (const [i, graded] of (
    await subject.verify(['', ' \n'].map((response) => ({ gold, response })))
  ).entries()) {
    if (graded.verdict === Verdict.CORRECT)
      fail(`gold ${shown(gold)}, response ${i ? '" \\n"' : '""'}: got CORRECT`);
  }
  const [parsed] = await subject.parse(['']);
  if (parsed!.parsed)
    fail(`ParseAnswer reads "" as ${shown(parsed!.canonical)}; expected parsed: false with a reason`);
}

const MANY = 300;

async function orderIsKept(subject: Subject): Promise<string | void> {
  const pairs = pairsOf(subject);
  if (pairs.length === 0) return NO_EXAMPLES;
  const expected = await subject.verify(pairs);
  for (const [i, pair] of pairs.entries())
    requireEqual((await subject.verify([pair]))[0]!, expected[i]!, pair, 'alone', 'in a batch');
  const at = Array.from({ length: MANY }, (_, i) => (i * 7) % pairs.length);
  const many = await subject.verify(at.map((i) => pairs[i]!));
  at.forEach((i, n) =>
    requireEqual(
      many[n]!,
      expected[i]!,
      pairs[i]!,
      `as item ${n} of ${MANY}`,
      `as item ${i} of ${pairs.length}`,
    ),
  );
}

async function isDeterministic(subject: Subject): Promise<string | void> {
  const pairs = [...pairsOf(subject), ...HOSTILE.slice(0, 8).map((response) => ({ gold: '1', response }))];
  const [first, second] = [await subject.verify(pairs), await subject.verify(pairs)];
  pairs.forEach((pair, i) => requireEqual(second[i]!, first[i]!, pair, 'the second time', 'the first'));
}

function requireEqual(
  got: Graded,
  expected: Graded,
  { gold, response }: Pair,
  here: string,
  there: string,
): void {
  const same = (['verdict', 'extracted', 'reward'] as const).every((field) => got[field] === expected[field]);
  if (same) return;
  fail(
    `gold ${shown(gold)}, response ${shown(response)}: ${describe(got)}, reward ${got.reward}, ${here}; ` +
      `${describe(expected)}, reward ${expected.reward}, ${there}`,
  );
}

async function hostileResponses(subject: Subject): Promise<void> {
  const gold = subject.definition.examples[0]?.answer ?? '1';
  for (const response of HOSTILE) {
    const [graded] = await named(response, () => subject.verify([{ gold, response }]));
    if (graded!.verdict === Verdict.CORRECT)
      fail(`gold ${shown(gold)}, response ${shown(response)}: got CORRECT`);
  }
}

async function hostileGolds(subject: Subject): Promise<void> {
  const golds = HOSTILE.map((gold) => gold.slice(0, 10_000));
  for (const gold of golds) {
    await named(gold, () => subject.verify([{ gold, response: 'no answer' }]));
    await named(gold, () => subject.parse([gold]));
  }
}

/** Says which text a call failed on. */
async function named<T>(text: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return fail(`${shown(text)} (${text.length} characters): ${error.message}`);
  }
}

async function unknownIsRefused({ verifyUnknown }: Subject): Promise<string | void> {
  if (verifyUnknown === undefined) return 'it is graded in this process';
  const reason = await verifyUnknown();
  if (reason === undefined) fail(`VerifyBatch answers for the domain ${UNKNOWN_DOMAIN}; expected NOT_FOUND`);
  if (reason !== 'NOT_FOUND' && reason !== 'INVALID_ARGUMENT')
    fail(`VerifyBatch fails with ${reason} for the domain ${UNKNOWN_DOMAIN}; expected NOT_FOUND`);
}
