/**
 * Domains that are not this project's: a request may define one whose answers are graded here, and another service,
 * which the verifier was started with, may list and grade more. Its address comes from the operator alone, never from a
 * request.
 */
import type { DomainDefinition, MessageInitShape, DomainSchema, VerifyItem } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { type Domain, domainNames, gradedDomain } from '@soar/domains';
import type { DomainService, Graded } from '@soar/domain-services';
import type { Log } from '@soar/telemetry';
import type { TaskDomain } from './grading.js';

/** What the routes ask about domains: @soar/domains, or a test's. */
export interface Domains {
  domainNamed(name: string): Domain;
  readonly domains: readonly Domain[];
}

/** Where a request's answers are graded. Throws UserError when nowhere. */
export function placeOf(
  domain: string,
  definition: DomainDefinition | undefined,
  domains: Domains,
  others: OtherDomains | undefined,
): TaskDomain | 'elsewhere' {
  if (definition?.grading !== undefined) {
    gradedDomain(domain, definition);
    return { domain, definition };
  }
  if (others !== undefined && !domainNames().includes(domain)) return 'elsewhere';
  if (definition === undefined) {
    domains.domainNamed(domain);
    return { domain };
  }
  throw new UserError(
    `domain ${domain}: its answers are graded by another service${definition.service && ` (${definition.service})`}; ` +
      'start the verifier with --domains-from HOST:PORT, or "soar up" with --verifier HOST:PORT',
    'FAILED_PRECONDITION',
    'domain',
  );
}

/** The domains of another service. */
export class OtherDomains {
  constructor(
    private readonly service: DomainService,
    private readonly log: Log,
  ) {}

  /** Those that a run can use and that no domain of this project hides; none while the service is away. */
  async list(signal: AbortSignal): Promise<MessageInitShape<typeof DomainSchema>[]> {
    try {
      const listed = await this.service.list(signal);
      return listed
        .filter(({ name, problem }) => problem === undefined && !domainNames().includes(name))
        .map(({ name, description, definition }) => ({ name, description, definition: definition! }));
    } catch (error) {
      this.log(`domains of another service are not listed: ${messageOf(error)}`, 'warn');
      return [];
    }
  }

  /** Gradings in order. `definition`: as the request has it; otherwise as the service lists it. */
  async verify(
    domain: string,
    definition: DomainDefinition | undefined,
    items: readonly VerifyItem[],
    options: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Graded[]> {
    const listed = await this.service.find(domain, signal);
    const ownRewards = (definition ?? listed.definition)?.ownRewards ?? false;
    return this.service.verify(domain, items, options, ownRewards, signal);
  }

  async parse(domain: string, answers: readonly string[], signal: AbortSignal) {
    await this.service.find(domain, signal);
    return this.service.parse(domain, answers, signal);
  }
}
