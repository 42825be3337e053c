/**
 * What another service replied, checked: it may be wrong in any way. What would make a run wrong (counts, verdicts,
 * rewards, definitions) is refused by name; texts that are only shown are cut.
 */
import {
  create,
  type Domain as Listed,
  type DomainDefinition,
  DomainDefinitionSchema,
  describeViolations,
  validate,
  Verdict,
  type ParsedAnswer,
  type Verification,
} from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { declared } from '@soar/domains';
import { rewardOf, type Verdict as VerdictName, type Verification as Judged } from '@soar/verify';

/** A domain as a service lists it; `problem` says why no run can use it. */
export interface ListedDomain {
  readonly name: string;
  readonly description: string;
  readonly definition: DomainDefinition | undefined;
  readonly problem: string | undefined;
}

/** A grading as VerifierService sends it. */
export type Graded = Pick<
  Verification,
  'verdict' | 'extracted' | 'stage' | 'boxed' | 'reward' | 'microseconds'
>;

/** Domains of one service. */
const DOMAINS_MAX = 100;
/** Largest reward, either way. */
const REWARD_MAX = 1000;
const EXTRACTED_CHARS_MAX = 65_536;
const STAGE_CHARS_MAX = 128;
const REASON_CHARS_MAX = 256;
const CANONICAL_CHARS_MAX = 65_536;

/** `place` is the service and method, and begins every message. Throws UserError FAILED_PRECONDITION. */
export function readListing(domains: readonly Listed[], place: string): ListedDomain[] {
  if (domains.length > DOMAINS_MAX)
    throw broken(place, `${domains.length} domains, expected at most ${DOMAINS_MAX}`);
  return domains.map(({ name, description, definition }) => {
    const listed = { name: name.slice(0, 64), description: description.slice(0, 1000) };
    if (definition === undefined)
      return { ...listed, definition, problem: 'it has no definition: without prompts it only grades' };
    const filled = create(DomainDefinitionSchema, {
      ...definition,
      name: definition.name || name,
      description: definition.description || listed.description,
    });
    return { ...listed, definition: filled, problem: problemOf(filled, name) };
  });
}

/** What is wrong with a definition; undefined when nothing is. */
export function problemOf(definition: DomainDefinition, name: string): string | undefined {
  if (definition.name !== name)
    return `definition.name: expected ${JSON.stringify(name)}, got ${JSON.stringify(definition.name)}`;
  const violations = validate(DomainDefinitionSchema, definition, 'json');
  if (violations.length > 0) return `definition.${describeViolations(violations)}`;
  try {
    declared(definition);
    return undefined;
  } catch (error) {
    return `definition.${messageOf(error)}`;
  }
}

const NAMES: Partial<Record<Verdict, VerdictName>> = {
  [Verdict.CORRECT]: 'CORRECT',
  [Verdict.INCORRECT]: 'INCORRECT',
  [Verdict.NO_ANSWER]: 'NO_ANSWER',
  [Verdict.GOLD_UNPARSEABLE]: 'GOLD_UNPARSEABLE',
  [Verdict.UNDECIDED]: 'UNDECIDED',
  [Verdict.TIMEOUT]: 'TIMEOUT',
};

const VERDICTS = Object.fromEntries(
  Object.entries(NAMES).map(([verdict, name]) => [name, Number(verdict)]),
) as Record<VerdictName, Verdict>;

/** A judgement of this project's own as a message, with the reward of the paper. */
export function gradedMessage(judged: Judged, microseconds: number): Graded {
  const { verdict, extracted = '', stage, boxed } = judged;
  return { verdict: VERDICTS[verdict], extracted, stage, boxed, reward: rewardOf(judged), microseconds };
}

/**
 * Gradings of answers to `golds`. Unless the domain gives rewards of its own, they follow from the verdicts, and an
 * answer that was extracted counts as marked. Throws UserError FAILED_PRECONDITION.
 */
export function readVerifications(
  verifications: readonly Verification[],
  golds: readonly string[],
  ownRewards: boolean,
  place: string,
): Graded[] {
  requireCount(verifications.length, golds.length, place);
  return verifications.map((verification, i) => {
    const verdict = NAMES[verification.verdict];
    if (verdict === undefined)
      throw broken(place, `item ${i}: verdict ${verification.verdict} is none of the contract's`);
    const { extracted } = verification;
    const boxed = verification.boxed || (!ownRewards && extracted !== '');
    const gold = golds[i]!.trim();
    const goldOccurs = gold !== '' && extracted.includes(gold);
    const reward = ownRewards
      ? verification.reward
      : rewardOf({ verdict, extracted, stage: '', boxed, goldOccurs });
    if (!(Math.abs(reward) <= REWARD_MAX))
      throw broken(
        place,
        `item ${i}: reward ${reward}, expected a number from -${REWARD_MAX} to ${REWARD_MAX}`,
      );
    return {
      verdict: verification.verdict,
      extracted: extracted.slice(0, EXTRACTED_CHARS_MAX),
      stage: verification.stage.slice(0, STAGE_CHARS_MAX),
      boxed,
      reward,
      microseconds: verification.microseconds,
    };
  });
}

/** Readings of `count` answers. Throws UserError FAILED_PRECONDITION. */
export function readParsed(
  answers: readonly ParsedAnswer[],
  count: number,
  place: string,
): Omit<ParsedAnswer, '$typeName' | '$unknown'>[] {
  requireCount(answers.length, count, place);
  return answers.map(({ parsed, canonical, reason }) =>
    parsed
      ? { parsed, canonical: canonical.slice(0, CANONICAL_CHARS_MAX), reason: '' }
      : { parsed, canonical: '', reason: reason.slice(0, REASON_CHARS_MAX) || 'the domain gave no reason' },
  );
}

/** A reply of the wrong length says nothing about any item, so it is not tried item by item. */
function requireCount(got: number, expected: number, place: string): void {
  if (got !== expected)
    throw broken(place, `${expected} items, ${got} results; expected one for each, in order`);
}

/** FAILED_PRECONDITION: the same call would get the same reply, from this service, and no item is to blame. */
function broken(place: string, what: string): UserError {
  return new UserError(`${place}: ${what}`, 'FAILED_PRECONDITION');
}
