/**
 * The domain that a command works in: one of this project's own, one from a file, or one of another service. Answers
 * are read where they are graded: in this process, or by the service.
 */
import { createHash } from 'node:crypto';
import {
  create,
  type DomainDefinition,
  DomainDefinitionSchema,
  messageToJson,
  type RunConfig,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain, type AskedDomain, type Domain, gradedDomain, type ParsedAnswer } from '@soar/domains';
import { DomainService } from '@soar/domain-services';
import { isDomainPath, readDomainFile } from './domain-file.js';
import { listedDefinition, serviceDomain } from './listed-domain.js';

export interface ChosenDomain {
  readonly name: string;
  /** Absent for one of this project's own. */
  readonly definition: DomainDefinition | undefined;
  readonly asked: AskedDomain;
  /** Readings of stated answers, in order. Throws UserError when the service that reads them is away. */
  readAnswers(answers: readonly string[]): Promise<readonly ParsedAnswer[]>;
}

/** Help of --domain. */
export const DOMAIN_HELP =
  'a name, a YAML file (docs/domains.md), or grpc://HOST:PORT/NAME of another service';

/** The domain that a configuration names or defines. Throws UserError. */
export function chosenDomain(name: string, definition: DomainDefinition | undefined): ChosenDomain {
  const asked = askedDomain(name, definition);
  return { name, definition, asked, readAnswers: (answers) => readAnswers(asked, definition, answers) };
}

/** The domain that a configuration works in. Throws UserError. */
export function domainIn({
  domain,
  domainDefinition,
}: Pick<RunConfig, 'domain' | 'domainDefinition'>): ChosenDomain {
  return chosenDomain(domain, domainDefinition);
}

/** The domain that a flag names. Throws UserError. */
export async function domainFrom(text: string): Promise<ChosenDomain> {
  const elsewhere = serviceDomain(text);
  if (elsewhere !== undefined) return chosenDomain(elsewhere.name, await listedDefinition(elsewhere));
  if (!isDomainPath(text)) return chosenDomain(text, undefined);
  const definition = readDomainFile(text);
  return chosenDomain(definition.name, definition);
}

/** The same, where answers are graded in this process. Throws UserError for a domain of another service. */
export async function domainGradedHere(text: string): Promise<Domain> {
  return requireGradedHere(await domainFrom(text));
}

/** The same, of a domain that was chosen. */
export function requireGradedHere({ name, definition }: ChosenDomain): Domain {
  if (definition === undefined || definition.grading !== undefined) return gradedDomain(name, definition);
  throw new UserError(
    `domain ${name}: answers are graded in this process; call VerifyBatch of the service to grade by it`,
    'INVALID_ARGUMENT',
    '--domain',
  );
}

async function readAnswers(
  { parseAnswer, name }: AskedDomain,
  definition: DomainDefinition | undefined,
  answers: readonly string[],
): Promise<readonly ParsedAnswer[]> {
  if (parseAnswer !== undefined) return answers.map((answer) => parseAnswer(answer));
  const service = new DomainService(definition!.service);
  try {
    const parsed = await service.parse(name, answers);
    return parsed.map((each) =>
      each.parsed ? { ok: true, canonical: each.canonical } : { ok: false, reason: each.reason },
    );
  } finally {
    service.close();
  }
}

/**
 * What screenings are bound to: a hash of how students are asked and answers are graded. The teacher's part does not
 * count, nor do description and examples, nor the address where a service happens to be. Undefined for a domain of this
 * project.
 */
export function definitionSha256(definition: DomainDefinition | undefined): string | undefined {
  if (definition === undefined) return undefined;
  const { name, version, student, grading, ownRewards } = definition;
  const bound = create(DomainDefinitionSchema, {
    name,
    version,
    ownRewards,
    ...(student && { student }),
    ...(grading && { grading }),
  });
  const json = messageToJson(DomainDefinitionSchema, bound);
  return createHash('sha256')
    .update(JSON.stringify(sorted(json)))
    .digest('hex');
}

/** The same value with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
