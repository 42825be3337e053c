/**
 * A domain from a YAML file: the JSON form of soar.common.v1.DomainDefinition, read and checked whole. Every error
 * names file, line and field. docs/domains.md describes the fields.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeViolations,
  type DomainDefinition,
  DomainDefinitionSchema,
  messageFromJson,
  validate,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { domainNames, gradedHere } from '@soar/domains';
import { ConfigFile, EMPTY, emptyPaths } from '../config-file.js';

/** The file of a domain that is given as a folder. */
const IN_FOLDER = 'domain.yaml';

/** Whether `text` names a file or folder and not a domain. */
export function isDomainPath(text: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(text);
}

/** Reads the domain at `path`, a file or a folder with domain.yaml. Throws UserError with file and line. */
export function readDomainFile(path: string): DomainDefinition {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const yaml = new ConfigFile(isFolder ? join(path, IN_FOLDER) : path);
  const { root } = yaml;
  const [empty] = emptyPaths(root);
  if (empty !== undefined) throw yaml.refuse(empty, EMPTY);
  if ('service' in root)
    throw yaml.refuse('service', 'is set by the command line; a file names a verifier instead');
  return yaml.locating(() => {
    const definition = messageFromJson(DomainDefinitionSchema, root, yaml.file);
    const violations = validate(DomainDefinitionSchema, definition, 'json');
    if (violations.length > 0) {
      const [first] = violations;
      throw new UserError(describeViolations(violations), 'INVALID_ARGUMENT', first!.field);
    }
    if (domainNames().includes(definition.name)) {
      const what = `${definition.name} is a domain of this project; choose another name`;
      throw new UserError(`name: ${what}`, 'INVALID_ARGUMENT', 'name');
    }
    gradedHere(definition);
    return definition;
  });
}
