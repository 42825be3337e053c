/** A domain of another service: address and name as a user writes them, and its definition as the service lists it. */
import { create, type DomainDefinition, DomainDefinitionSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { domainNames } from '@soar/domains';
import { DomainService } from '@soar/domain-services';

/** A domain of the service at `grpc` (HOST:PORT). */
export interface ServiceDomain {
  readonly grpc: string;
  readonly name: string;
}

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/;

/** Whether `text` is HOST:PORT. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** The domain that `grpc://HOST:PORT/NAME` means; undefined for other texts. Throws UserError on a malformed one. */
export function serviceDomain(text: string): ServiceDomain | undefined {
  if (!text.startsWith('grpc://')) return undefined;
  const [, grpc = '', name = ''] = /^grpc:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  return checked({ grpc, name }, `domain: ${text}`);
}

/** Checks the parts of a mapping {grpc, name}. `where` begins the message. Throws UserError. */
export function checked({ grpc, name }: Readonly<Record<string, unknown>>, where: string): ServiceDomain {
  const refuse = (what: string): never => {
    throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', 'domain');
  };
  if (typeof grpc !== 'string' || !isAddress(grpc))
    return refuse(`expected the service's address as HOST:PORT, got ${JSON.stringify(grpc ?? null)}`);
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    return refuse(
      `expected the name of a domain (lower case, digits, dashes), got ${JSON.stringify(name ?? null)}`,
    );
  if (domainNames().includes(name))
    return refuse(`${name} is a domain of this project; write "domain: ${name}"`);
  return { grpc, name };
}

/** Refuses an address where no service lists a domain that a run can use. Throws UserError. */
export async function requireDomains(address: string): Promise<void> {
  const service = new DomainService(address);
  try {
    const listed = await service.list();
    if (listed.some(({ problem }) => problem === undefined)) return;
    throw new UserError(
      `${address}: no domain there can be used; "soar domains check ${address}" says why`,
      'FAILED_PRECONDITION',
    );
  } finally {
    service.close();
  }
}

/** The definition of a service's domain. Throws UserError that names the service. */
export async function listedDefinition({ grpc, name }: ServiceDomain): Promise<DomainDefinition> {
  const service = new DomainService(grpc);
  try {
    const { definition, problem } = await service.find(name);
    if (definition !== undefined && problem === undefined)
      return create(DomainDefinitionSchema, { ...definition, service: grpc });
    throw new UserError(
      `domain ${name} of the service at ${grpc}: ${problem}; "soar domains check ${grpc}" says all that is wrong`,
      'FAILED_PRECONDITION',
      'domain',
    );
  } finally {
    service.close();
  }
}
