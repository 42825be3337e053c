/**
 * The field `domain` of a run's configuration, as users write it: a name, a file beside the configuration, or
 * {grpc, name} of another service. The configuration that is sent holds the definition itself, so that nothing in a run
 * depends on the user's files.
 */
import { dirname, resolve } from 'node:path';
import { type DomainDefinition, DomainDefinitionSchema, messageToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { isObject, type Json, type JsonObject, type YamlFile } from '../yaml-file.js';
import { isDomainPath, readDomainFile } from './domain-file.js';
import { checked, type ServiceDomain, serviceDomain } from './listed-domain.js';

/**
 * The fields of RunConfig that `written` stands for. `listed`: the definition of a service's domain. Throws UserError
 * with the line.
 */
export function domainFields(
  yaml: YamlFile,
  written: Json | undefined,
  listed: DomainDefinition | undefined,
): JsonObject {
  if (written === undefined) return {};
  const elsewhere = serviceOf(yaml, written);
  if (elsewhere !== undefined) {
    if (listed === undefined)
      throw yaml.refuse('domain', 'this command takes no domain of another service; name one or give a file');
    return fieldsOf(listed);
  }
  if (typeof written !== 'string' || !isDomainPath(written)) return { domain: written };
  return fieldsOf(readDomainFile(resolve(dirname(yaml.file), written)));
}

/** The service whose domain `written` is; undefined where it is another kind. Throws UserError with the line. */
export function serviceOf(yaml: YamlFile, written: Json | undefined): ServiceDomain | undefined {
  return yaml.locating(() => {
    if (typeof written === 'string') return serviceDomain(written);
    if (written === undefined || !isObject(written)) return undefined;
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

function fieldsOf(definition: DomainDefinition): JsonObject {
  const json = messageToJson(DomainDefinitionSchema, { ...definition, examples: [] });
  return { domain: definition.name, domainDefinition: json };
}
