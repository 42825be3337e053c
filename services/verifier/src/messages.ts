/** Verdicts, options and definitions as they travel. */
import { type DomainDefinitionSchema, type MessageInitShape, Verdict } from '@soar/contracts';
import { UserError } from '@soar/core';
import { gradingOptions, type DomainDefinition } from '@soar/domains';
import type { Graded } from '@soar/domain-services';
import { rewardOf, type Verification, type VerifyOptions } from '@soar/verify';
import type { TimedVerification } from './grading.js';

const VERDICTS = {
  CORRECT: Verdict.CORRECT,
  INCORRECT: Verdict.INCORRECT,
  NO_ANSWER: Verdict.NO_ANSWER,
  GOLD_UNPARSEABLE: Verdict.GOLD_UNPARSEABLE,
  UNDECIDED: Verdict.UNDECIDED,
  TIMEOUT: Verdict.TIMEOUT,
} as const satisfies Record<Verification['verdict'], Verdict>;

export function toMessage(verification: TimedVerification): Graded {
  const { verdict, extracted, stage, boxed, microseconds } = verification;
  return {
    verdict: VERDICTS[verdict],
    extracted: extracted ?? '',
    stage,
    boxed,
    reward: rewardOf(verification),
    microseconds,
  };
}

/** Options as they travel, values in JSON. Throws UserError that names the option at fault. */
export function optionsOf(json: Readonly<Record<string, string>>): VerifyOptions {
  const entries = Object.entries(json).map(([name, text]): [string, unknown] => {
    try {
      return [name, JSON.parse(text)];
    } catch {
      throw new UserError(
        `options.${name}: expected a value in JSON (text in quotes), got ${text.slice(0, 60)}`,
        'INVALID_ARGUMENT',
        `options.${name}`,
      );
    }
  });
  return gradingOptions(Object.fromEntries(entries));
}

/** A definition of this project's own as a message. */
export function definitionMessage(
  definition: DomainDefinition,
): MessageInitShape<typeof DomainDefinitionSchema> {
  const { name, description, student, teacher, proposal, grading } = definition;
  const promptOf = ({ messages, text, stop, textStop }: NonNullable<DomainDefinition['student']>) => ({
    messages: messages.map((message) => ({ ...message })),
    text,
    stop: [...stop],
    textStop: [...textStop],
  });
  return {
    name,
    description,
    student: promptOf(student!),
    teacher: promptOf(teacher!),
    ...(proposal && { proposal: { ...proposal } }),
    grading: { verifier: grading!.verifier },
  };
}
