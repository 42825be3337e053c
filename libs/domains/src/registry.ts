/**
 * Every domain that configurations and requests can name. A new domain is one folder and one line here; nothing else in
 * the system knows a domain by name.
 */
import { UserError } from '@soar/core';
import { arithmetic } from './arithmetic/index.js';
import { choice } from './choice/index.js';
import { countdown } from './countdown/index.js';
import type { Domain } from './domain.js';
import { jsonSchema } from './json-schema/index.js';
import { math } from './math/index.js';

/** Sorted by name. */
export const domains: readonly Domain[] = [arithmetic, choice, countdown, jsonSchema, math];

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
