/** `soar models ...`: imports models into the artifact store under a name, lists, shows and exports them. */
import { Argument, type Command } from 'commander';
import { defaultArtifacts } from '../config.js';
import { formatBytes } from '@soar/core';
import { formatTable } from '../report-table.js';
import {
  exportModel,
  importNamedModel,
  listModels,
  showModel,
  type ListedModel,
  type StoredModel,
} from '../stored-models.js';

interface ModelsFlags {
  readonly artifacts: string;
  readonly json?: boolean;
}

/** Digits of a hash in a table. */
const HASH_DIGITS = 12;

export function addModels(program: Command): void {
  const models = program
    .command('models')
    .summary('import, list, show and export models in the artifact store')
    .description(
      'Imports models into an artifact store, where every service on the same store finds them as models/NAME.\n' +
        'Works on the store directly: no service needs to be running.',
    )
    .addHelpText(
      'after',
      `
Examples:
  soar models import base/                     # models/base in runs/, the store of "soar up"
  soar models import ~/SmolLM2-135M --name smol --artifacts s3://bucket/soar
  soar models import my-lora/ --base ~/SmolLM2-135M    # an adapter as peft writes it
  soar models list
  soar models show base
  soar models export my-run/promoted-student --out student/ --merge`,
    );
  addStoreFlags(
    models
      .command('import')
      .description(
        'Copies a Hugging Face folder into the store, unless it is there already. A name that another model has is ' +
          'refused.',
      )
      .addArgument(new Argument('<dir>', 'folder with config.json, model.safetensors and tokenizer.json'))
      .option('--name <name>', 'name in the store (default: the name of the folder)')
      .option(
        '--base <dir>',
        'for an adapter: the folder of its base (default: where it says, or the folder itself)',
      ),
  ).action(
    async (folder: string, flags: ModelsFlags & { readonly name?: string; readonly base?: string }) => {
      printModel(await importNamedModel(flags.artifacts, folder, flags), flags);
    },
  );
  addStoreFlags(models.command('list').description('Lists the models in the store by name.')).action(
    async (flags: ModelsFlags) => printList(await listModels(flags.artifacts), flags),
  );
  addStoreFlags(
    models
      .command('show')
      .description('Shows one model, after checking its files against their hashes.')
      .addArgument(new Argument('<name>', 'name in the store')),
  ).action(async (name: string, flags: ModelsFlags) =>
    printModel(await showModel(flags.artifacts, name), flags),
  );
  addExport(models);
}

/** `soar models export`. */
function addExport(models: Command): void {
  models
    .command('export')
    .description(
      'Copies a model out of the store, for transformers, peft and other tools: a name, or the key of any checkpoint.',
    )
    .addArgument(
      new Argument('<model>', 'name in the store, or key of a checkpoint (my-run/promoted-student)'),
    )
    .requiredOption('--out <dir>', 'new folder to write')
    .option('--merge', 'add an adapter to its base and write whole weights, in the type of the base')
    .option(
      '--artifacts <location>',
      'artifact store: a folder or s3://bucket/prefix',
      defaultArtifacts() ?? 'runs',
    )
    .action(
      async (
        model: string,
        { artifacts, out, merge }: ModelsFlags & { readonly out: string; readonly merge?: boolean },
      ) => exportModel(artifacts, model, out, merge === undefined ? {} : { merge }),
    );
}

function addStoreFlags(command: Command): Command {
  return command
    .option(
      '--artifacts <location>',
      'artifact store: a folder or s3://bucket/prefix',
      defaultArtifacts() ?? 'runs',
    )
    .option('--json', 'print JSON instead of text');
}

function printModel(model: StoredModel, { json }: ModelsFlags): void {
  const { key, sha256, bytes, family, parameters, vocabulary, positionsMax, adapter } = model;
  const rows = [
    ['model', key],
    ['family', family],
    ['parameters', String(parameters)],
    ...(adapter ? [['adapter', `rank ${adapter.rank}, of ${adapter.base}`]] : []),
    ['vocabulary', `${vocabulary} tokens`],
    ['context', `${positionsMax} tokens`],
    ['size', formatBytes(bytes)],
    ['sha256', sha256],
  ];
  process.stdout.write(`${json === true ? JSON.stringify(model) : formatTable(rows, 'left')}\n`);
}

function printList(models: readonly ListedModel[], { artifacts, json }: ModelsFlags): void {
  if (json === true) for (const model of models) process.stdout.write(`${JSON.stringify(model)}\n`);
  else if (models.length === 0)
    process.stdout.write(`no models in ${artifacts}; add one with "soar models import"\n`);
  else {
    const rows = models.map(({ name, bytes, sha256 }) => [
      name,
      formatBytes(bytes),
      sha256.slice(0, HASH_DIGITS),
    ]);
    process.stdout.write(`${formatTable([['model', 'size', 'sha256'], ...rows], 'left')}\n`);
  }
}
