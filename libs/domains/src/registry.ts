/**
 * Every domain of this project, and the one that a request means: one of these by its name, or the one that the request
 * defines itself. A new domain is one folder and one line here; nothing else in the system knows a domain by name.
 */
import { UserError } from '@soar/core';
import { arithmeticDefinition } from './arithmetic/index.js';
import { choiceDefinition } from './choice/index.js';
import { countdownDefinition } from './countdown/index.js';
import { declared, gradedHere } from './declared.js';
import type { DomainDefinition } from './definition.js';
import type { AskedDomain, Domain } from './domain.js';
import { jsonSchemaDefinition } from './json-schema/index.js';
import { mathDefinition } from './math/index.js';

/** Sorted by name. */
export const domains: readonly Domain[] = [
  arithmeticDefinition,
  choiceDefinition,
  countdownDefinition,
  jsonSchemaDefinition,
  mathDefinition,
].map((definition) => gradedHere(definition));

/** Names of all domains, sorted. */
export function domainNames(): string[] {
  return domains.map((domain) => domain.name);
}

/** The domain called `name`; a UserError (NOT_FOUND) that lists the known names otherwise. */
export function domainNamed(name: string): Domain {
  const found = domains.find((domain) => domain.name === name);
  if (found !== undefined) return found;
  throw new UserError(
    `domain: ${JSON.stringify(name.slice(0, 64))} is unknown; use one of ${domainNames().join(', ')}`,
    'NOT_FOUND',
    'domain',
  );
}

/** The domain `name` of a request that may define it, for asking. Throws UserError that names the field. */
export function askedDomain(name: string, definition: DomainDefinition | undefined): AskedDomain {
  return definition === undefined ? domainNamed(name) : declared(requireNamed(name, definition), WHERE);
}

/** The same, for grading. */
export function gradedDomain(name: string, definition: DomainDefinition | undefined): Domain {
  return definition === undefined ? domainNamed(name) : gradedHere(requireNamed(name, definition), WHERE);
}

/** Where requests have the definition. */
const WHERE = 'domain_definition';

/** Refuses a definition under another name, or under the name of one of this project's own. */
function requireNamed(name: string, definition: DomainDefinition): DomainDefinition {
  const field = `${WHERE}.name`;
  const refuse = (what: string): never => {
    throw new UserError(`${field}: ${what}`, 'INVALID_ARGUMENT', field);
  };
  if (definition.name !== name) refuse(`expected the name of the domain, ${name}, got ${definition.name}`);
  if (domainNames().includes(name)) refuse(`${name} is a domain of this project; choose another name`);
  return definition;
}
