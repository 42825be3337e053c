/** `soar config`: about configuration files. */
import { UserError } from '@soar/core';
import type { Command } from 'commander';
import { configJsonSchema, domainJsonSchema, sweepJsonSchema } from '../config-schema.js';
import { requireWritable, writeText } from '../files.js';

interface SchemaFlags {
  readonly output?: string;
  readonly domain?: boolean;
  readonly sweep?: boolean;
}

export function addConfig(program: Command): void {
  const config = program.command('config').summary('about configuration files');
  config
    .command('schema')
    .summary('write the JSON Schema of configuration files')
    .description(
      'Writes a JSON Schema (draft 2020-12) of the files that "soar run" and "soar compare --config" take. Editors ' +
        'complete and check a file with it that begins with the line "# yaml-language-server: ' +
        '$schema=soar.schema.json". What a configuration resolves to is printed by "soar run --plan".',
    )
    .option('--domain', 'the schema of the file of a domain (docs/domains.md) instead')
    .option('--sweep', 'the schema of the file of a sweep (docs/sweeping.md) instead')
    .option('--output <file>', 'file to write instead of stdout')
    .addHelpText(
      'after',
      `
Examples:
  soar config schema --output soar.schema.json
  soar config schema --domain --output domain.schema.json
  soar config schema --sweep --output sweep.schema.json`,
    )
    .action(async ({ output, domain, sweep }: SchemaFlags) => {
      if (domain === true && sweep === true)
        throw new UserError('--domain and --sweep name two schemas: give one of them');
      const schema =
        sweep === true ? sweepJsonSchema() : domain === true ? domainJsonSchema() : configJsonSchema();
      const text = `${JSON.stringify(schema, null, 2)}\n`;
      if (output === undefined) process.stdout.write(text);
      else {
        requireWritable(output);
        await writeText(output, text);
      }
    });
}
