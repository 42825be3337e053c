/**
 * The verifiers that definitions name: each made from the options of a grading. A new one is one folder and one line
 * here.
 */
import { UserError } from '@soar/core';
import { arithmeticVerifier } from './arithmetic/index.js';
import { choiceVerifier } from './choice/index.js';
import { countdownVerifier } from './countdown/index.js';
import type { AnswerVerifier } from './domain.js';
import { exactVerifier } from './exact/index.js';
import { jsonSchemaVerifier } from './json-schema/index.js';
import { mathVerifier } from './math/index.js';
import { numericVerifier } from './numeric/index.js';

type Options = Readonly<Record<string, unknown>>;

/** Throw UserError that names the option at fault, as `options.NAME`. */
const VERIFIERS: Readonly<Record<string, (options: Options) => AnswerVerifier>> = {
  arithmetic: without('arithmetic', arithmeticVerifier),
  choice: choiceVerifier,
  countdown: without('countdown', countdownVerifier),
  exact: exactVerifier,
  'json-schema': without('json-schema', jsonSchemaVerifier),
  math: mathVerifier,
  numeric: numericVerifier,
};

/** Names of all verifiers, sorted. */
export function verifierNames(): string[] {
  return Object.keys(VERIFIERS).sort();
}

/** The verifier called `name` with `options`; undefined when there is none. Throws UserError on a wrong option. */
export function verifierNamed(name: string, options: Options): AnswerVerifier | undefined {
  return Object.hasOwn(VERIFIERS, name) ? VERIFIERS[name]!(options) : undefined;
}

/** A verifier that has no options. */
function without(name: string, verifier: AnswerVerifier): (options: Options) => AnswerVerifier {
  return (options) => {
    const [first] = Object.keys(options);
    if (first === undefined) return verifier;
    const where = `options.${first}`;
    throw new UserError(`${where}: ${name} has no options`, 'INVALID_ARGUMENT', where);
  };
}
