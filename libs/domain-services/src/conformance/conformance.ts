/** The checks of a domain, one result each, in order. */
import { messageOf, UserError } from '@soar/core';
import { problemOf } from '../replies.js';
import { CHECKS } from './checks.js';
import type { Subject } from './subject.js';

export interface CheckResult {
  /** The domain. */
  readonly domain: string;
  /** What is true of a domain that passes. */
  readonly fact: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** What is wrong, or why there was nothing to check. */
  readonly detail?: string;
}

/** Runs every check; one that fails stops none of the others, but without a definition there is nothing to check. */
export async function* checkDomain(subject: Subject): AsyncGenerator<CheckResult> {
  const domain = subject.definition.name;
  const fact = 'the definition is complete and can be used';
  const problem = problemOf(subject.definition, domain);
  if (problem !== undefined) return yield { domain, fact, outcome: 'failed', detail: problem };
  yield { domain, fact, outcome: 'ok' };
  for (const check of CHECKS) {
    try {
      const reason = await check.run(subject);
      yield reason === undefined
        ? { domain, fact: check.fact, outcome: 'ok' }
        : { domain, fact: check.fact, outcome: 'skipped', detail: reason };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      yield { domain, fact: check.fact, outcome: 'failed', detail: messageOf(error) };
    }
  }
}
