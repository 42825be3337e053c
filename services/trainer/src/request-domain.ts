/** The domain of a request: one of this project's own by its name, or the one that the request defines. */
import type { DomainDefinition } from '@soar/contracts';
import { askedDomain, type AskedDomain } from '@soar/domains';

export interface RequestDomain extends AskedDomain {
  /** The request's definition, which goes to the verifier with the answers. */
  readonly own: DomainDefinition | undefined;
  /** Equal for domains that ask and grade alike. */
  readonly key: string;
}

/** Throws UserError that names the field. */
export function requestDomain({
  domain: name,
  domainDefinition: own,
}: {
  readonly domain: string;
  readonly domainDefinition?: DomainDefinition | undefined;
}): RequestDomain {
  return { ...askedDomain(name, own), own, key: own === undefined ? name : JSON.stringify(own) };
}
