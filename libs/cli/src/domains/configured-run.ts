/** A run's configuration with the domain of another service in it, where the file names one. */
import type { RunConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import { loadRunConfig, type Overrides } from '../run-config.js';
import { YamlFile } from '../yaml-file.js';
import { chosenDomain, type ChosenDomain } from './chosen-domain.js';
import { listedDefinition } from './listed-domain.js';
import { serviceOf } from './written-domain.js';

/** As loadRunConfig, and the service that a domain comes from is asked for it. Throws UserError with the line. */
export async function configuredRun(file: string, overrides?: Overrides): Promise<RunConfig> {
  const yaml = new YamlFile(file);
  const elsewhere = serviceOf(yaml, yaml.root['domain']);
  if (elsewhere === undefined) return loadRunConfig(file, overrides);
  try {
    return loadRunConfig(file, overrides, await listedDefinition(elsewhere));
  } catch (error) {
    if (!(error instanceof UserError) || error.where !== 'domain') throw error;
    return yaml.locating((): never => {
      throw error;
    });
  }
}

/** The domain that a configuration works in. Throws UserError. */
export function domainIn({
  domain,
  domainDefinition,
}: Pick<RunConfig, 'domain' | 'domainDefinition'>): ChosenDomain {
  return chosenDomain(domain, domainDefinition);
}
