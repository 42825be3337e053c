/** Verdicts and options as they travel. */
import { UserError } from '@soar/core';
import { gradingOptions } from '@soar/domains';
import { type Graded, gradedMessage } from '@soar/domain-services';
import type { VerifyOptions } from '@soar/verify';
import type { TimedVerification } from './grading.js';

export function toMessage(verification: TimedVerification): Graded {
  return gradedMessage(verification, verification.microseconds);
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
