/** `soar domains`: the domains there are, what they say, and whether one of your own works. */
import { create, type DomainDefinition, DomainDefinitionSchema, messageToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { domainNames, domains, gradedDomain } from '@soar/domains';
import {
  checkDomain,
  type CheckResult,
  definitionMessage,
  DomainService,
  subjectAt,
  subjectHere,
} from '@soar/domain-services';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { domainFrom } from '../domains/chosen-domain.js';
import { isAddress, serviceDomain } from '../domains/listed-domain.js';
import { readDomainFile } from '../domains/domain-file.js';
import { formatTable } from '../report-table.js';

interface JsonFlag {
  readonly json?: boolean;
}

export function addDomains(program: Command): void {
  const command = program
    .command('domains')
    .alias('domain')
    .summary('list, show and check domains')
    .description(
      'A domain says how models are asked, how proposals are read and how answers are graded. docs/domains.md says ' +
        'how to bring one of your own: a YAML file, or a service in any language.',
    );
  command
    .command('list')
    .argument('[host:port]', 'a VerifierService (default: the domains of this project)')
    .description('Lists domains.')
    .option('--json', 'print JSON on stdout instead of text')
    .action(list);
  command
    .command('show')
    .argument('<domain>', 'a name, a YAML file, or grpc://HOST:PORT/NAME')
    .description(
      'Prints a domain as the YAML file that defines it. Under another name it is a domain of your own.',
    )
    .option('--json', 'print JSON on stdout instead of YAML')
    .action(show);
  command
    .command('check')
    .argument(
      '<domain>',
      'a name, a YAML file, HOST:PORT for all domains of a service, or grpc://HOST:PORT/NAME',
    )
    .description(
      'Checks that a domain does what a run needs: one line for each check. Most checks need examples, which its ' +
        'definition may hold.',
    )
    .option('--json', 'print one JSON object a line on stdout instead of text')
    .addHelpText(
      'after',
      `
Examples:
  soar domains check my-domain.yaml
  soar domains check 127.0.0.1:7200`,
    )
    .action(check);
}

async function list(address: string | undefined, { json }: JsonFlag): Promise<void> {
  const listed =
    address === undefined
      ? domains.map(({ name, definition: { description } }) => ({ name, description, problem: undefined }))
      : await listedAt(address);
  const rows = listed.map(({ name, description, problem }) => ({
    name,
    description,
    ...(problem && { problem }),
  }));
  if (json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else
    process.stdout.write(
      `${formatTable(
        rows.map(({ name, description, problem }) => [
          name,
          problem === undefined ? description : `cannot be used: ${problem}`,
        ]),
        'left',
      )}\n`,
    );
}

async function listedAt(address: string) {
  const service = new DomainService(requireAddress(address));
  try {
    return await service.list();
  } finally {
    service.close();
  }
}

async function show(text: string, { json }: JsonFlag): Promise<void> {
  const { asked, definition } = await domainFrom(text);
  const message = definition ?? create(DomainDefinitionSchema, definitionMessage(asked.definition));
  const written = withoutEmpty(messageToJson(DomainDefinitionSchema, message));
  process.stdout.write(
    json === true
      ? `${JSON.stringify(written)}\n`
      : stringify(written, { lineWidth: 0, blockQuote: 'literal' }),
  );
}

/** JSON without the fields that have their defaults. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, withoutEmpty(each)] as const);
  return Object.fromEntries(
    entries.filter(
      ([, each]) => each !== '' && each !== false && !(Array.isArray(each) && each.length === 0),
    ),
  );
}

async function check(text: string, { json }: JsonFlag): Promise<void> {
  const counts = { ok: 0, failed: 0, skipped: 0 };
  for await (const result of resultsOf(text)) {
    counts[result.outcome]++;
    process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : lineOf(result));
  }
  if (json !== true)
    process.stdout.write(`${counts.ok} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  if (counts.failed > 0) process.exitCode = 1;
}

function lineOf({ domain, fact, outcome, detail }: CheckResult): string {
  const word = outcome === 'failed' ? 'FAILED' : outcome;
  return `${word.padEnd(8)}${domain}: ${fact}${detail === undefined ? '' : `\n        ${detail}`}\n`;
}

async function* resultsOf(text: string): AsyncGenerator<CheckResult> {
  const elsewhere = serviceDomain(text);
  if (elsewhere !== undefined) return yield* serviceResults(elsewhere.grpc, elsewhere.name);
  if (isAddress(text)) return yield* serviceResults(text);
  if (domainNames().includes(text)) {
    const domain = gradedDomain(text, undefined);
    return yield* checkDomain(
      subjectHere(domain, create(DomainDefinitionSchema, definitionMessage(domain.definition))),
    );
  }
  const definition = readDomainFile(text);
  yield* checkDomain(subjectHere(gradedDomain(definition.name, definition), definition));
}

/** The checks of the domains at `address`, or of the one called `name`. */
async function* serviceResults(address: string, name?: string): AsyncGenerator<CheckResult> {
  const service = new DomainService(address);
  try {
    const listed = name === undefined ? await service.list() : [await service.find(name)];
    yield* listingResults(listed, address);
    for (const { definition } of listed) {
      if (definition === undefined) continue;
      yield* domainResults(address, definition);
    }
  } finally {
    service.close();
  }
}

async function* domainResults(address: string, definition: DomainDefinition): AsyncGenerator<CheckResult> {
  const subject = subjectAt(address, definition);
  try {
    yield* checkDomain(subject);
  } finally {
    subject.close();
  }
}

/** What is wrong with a listing as a whole. */
function* listingResults(
  listed: Awaited<ReturnType<typeof listedAt>>,
  address: string,
): Generator<CheckResult> {
  const names = listed.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const bare = listed.find(({ definition }) => definition === undefined);
  const detail =
    listed.length === 0
      ? 'it lists none'
      : twice !== undefined
        ? `${twice} is listed twice`
        : bare !== undefined
          ? `${bare.name}: ${bare.problem}`
          : undefined;
  const fact = 'domains are listed, each once, with a definition';
  yield { domain: address, fact, outcome: detail === undefined ? 'ok' : 'failed', ...(detail && { detail }) };
}

function requireAddress(text: string): string {
  if (isAddress(text)) return text;
  throw new UserError(`${text}: expected HOST:PORT, for example 127.0.0.1:7101`, 'INVALID_ARGUMENT');
}
