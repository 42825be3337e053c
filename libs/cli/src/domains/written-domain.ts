/**
 * The field `domain` of a run's configuration, as users write it: a name, a file beside the configuration, or
 * {grpc, name} of another service. The configuration that is sent holds the definition itself, so that nothing in a run
 * depends on the user's files.
 */
import { dirname, resolve } from 'node:path';
import { create, type DomainDefinition, DomainDefinitionSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type ConfigFile, isJsonObject, type Json } from '../config-file.js';
import { isDomainPath, readDomainFile } from './domain-file.js';
import { checked, listedDefinition, type ServiceDomain, serviceDomain } from './listed-domain.js';

/** What stands for the field in RunConfig. */
export interface DomainFields {
  /** As written, where that is no definition. */
  readonly domain?: Json;
  readonly definition?: DomainDefinition;
}

/** The fields of RunConfig that `written` stands for. Throws UserError with the place. */
export async function domainFields(yaml: ConfigFile, written: Json | undefined): Promise<DomainFields> {
  if (written === undefined) return {};
  const elsewhere = serviceOf(yaml, written);
  if (elsewhere !== undefined) return fieldsOf(await listed(yaml, elsewhere));
  if (typeof written !== 'string' || !isDomainPath(written)) return { domain: written };
  return fieldsOf(readDomainFile(resolve(dirname(yaml.file), written)));
}

async function listed(yaml: ConfigFile, elsewhere: ServiceDomain): Promise<DomainDefinition> {
  try {
    return await listedDefinition(elsewhere);
  } catch (error) {
    throw yaml.located(error);
  }
}

/** The service whose domain `written` is; undefined where it is another kind. Throws UserError with the place. */
function serviceOf(yaml: ConfigFile, written: Json): ServiceDomain | undefined {
  return yaml.locating(() => {
    if (typeof written === 'string') return serviceDomain(written);
    if (!isJsonObject(written)) return undefined;
    const other = Object.keys(written).find((key) => key !== 'grpc' && key !== 'name');
    if (other !== undefined) {
      throw new UserError(
        `domain.${other}: unknown field; a domain of another service is { grpc: HOST:PORT, name }`,
        'INVALID_ARGUMENT',
        `domain.${other}`,
      );
    }
    return checked(written, 'domain');
  });
}

/** Examples are for the checks of a domain; a run does without. */
function fieldsOf(definition: DomainDefinition): DomainFields {
  return {
    domain: definition.name,
    definition: create(DomainDefinitionSchema, { ...definition, examples: [] }),
  };
}
