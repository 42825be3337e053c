/**
 * Model folders in Hugging Face layout, on disk: config.json, generation_config.json, weights (weight-files.ts) and the
 * tokenizer's files. Blocking calls: made for worker threads and for programs.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import {
  matchParameters,
  parameterSpecs,
  parseHfConfig,
  requireFinite,
  withGenerationConfig,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import {
  listTensors,
  readJson,
  readTensor,
  requireFetched,
  sameTensor,
  weightFiles,
  type StoredTensor,
} from './weight-files.js';

/** Files beside the weights that are copied unchanged. */
const COMPANIONS = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];
export const ADAPTER_FILE = 'adapter_config.json';
const [EMBEDDING, HEAD] = ['model.embed_tokens.weight', 'lm_head.weight'];

/** The configuration of the model in `folder`. Throws UserError that names the file; also where an adapter is in it. */
export function readModelConfig(folder: string): DecoderConfig {
  refuseAdapter(folder);
  return readBaseConfig(folder);
}

/** As `readModelConfig`, whatever adapter lies beside the model. */
export function readBaseConfig(folder: string): DecoderConfig {
  const path = join(folder, 'config.json');
  const config = parseHfConfig(readJson(path), path);
  const generation = join(folder, 'generation_config.json');
  return existsSync(generation) ? withGenerationConfig(config, readJson(generation), generation) : config;
}

/** The parameters of the model in `folder`, in the order of parameterSpecs, checked against its configuration. */
export function readModelParameters(folder: string, config: DecoderConfig): NamedTensor[] {
  return [...modelParameters(folder, config)];
}

/** The same, each read when it is asked for. */
export function* modelParameters(folder: string, config: DecoderConfig): Generator<NamedTensor> {
  const read = openParameters(folder, config);
  for (const { name } of parameterSpecs(config)) yield read(name);
}

/** Reads parameters of the model in `folder` by their names, after checking all against its configuration. */
export function openParameters(folder: string, config: DecoderConfig): (name: string) => NamedTensor {
  const { entries, where } = matchingEntries(folder, config);
  return (name) => {
    const tensor = readTensor(entries.get(name)!);
    requireFinite(tensor.data, name, where);
    return tensor;
  };
}

/**
 * Checks a model folder as far as possible without loading it: a supported kind of model, with weights of the right
 * names and shapes, whole files, and a tokenizer. An adapter beside them is ignored. Throws UserError that names the
 * file and what to do.
 */
export function checkModelFolder(folder: string): void {
  weightFiles(folder);
  for (const name of ['config.json', 'tokenizer.json']) {
    if (existsSync(join(folder, name))) continue;
    throw new UserError(
      `${folder}: has no ${name}; expected a Hugging Face folder with config.json, tokenizer.json, and ` +
        'model.safetensors or model.safetensors.index.json',
      'NOT_FOUND',
      folder,
    );
  }
  requireFetched(join(folder, 'tokenizer.json'));
  matchingEntries(folder, readBaseConfig(folder));
}

/** The location of the tensors of a model, by name, after checking that they are those of its configuration. */
function matchingEntries(
  folder: string,
  config: DecoderConfig,
): { readonly entries: ReadonlyMap<string, StoredTensor>; readonly where: string } {
  const { files, where } = weightFiles(folder);
  const tensors = files.flatMap(listTensors);
  matchParameters(config, tensors, where);
  const entries = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  if (config.tieWordEmbeddings && entries.has(HEAD)) requireTiedHead(entries, where);
  return { entries, where };
}

/** A head in the file of a model that ties it to the embedding would be dropped: it must be the embedding. */
function requireTiedHead(entries: ReadonlyMap<string, StoredTensor>, where: string): void {
  if (sameTensor(entries.get(EMBEDDING)!, entries.get(HEAD)!)) return;
  throw new UserError(
    `${where}: tensor ${HEAD}: differs from ${EMBEDDING}, but config.json has tie_word_embeddings true; ` +
      'set it to false to use the head, or remove the tensor',
    'INVALID_ARGUMENT',
    HEAD,
  );
}

/** An adapter beside a base, or alone: loading the base without it would be another model. */
function refuseAdapter(folder: string): void {
  const path = join(folder, ADAPTER_FILE);
  if (!existsSync(path)) return;
  throw new UserError(
    `${path}: the folder holds an adapter; bring it into the store with its base ("soar models import --base DIR")`,
    'INVALID_ARGUMENT',
    ADAPTER_FILE,
  );
}

/**
 * Copies everything but the weights from one model folder to another; config.json then says that weights are float32.
 * Its text stays as it is otherwise: written anew, 30.0 would be 30, which transformers 5 refuses where it expects a
 * fraction.
 */
export function copyCompanions(from: string, to: string): void {
  const config = readFileSync(join(from, 'config.json'), 'utf8');
  const float32 = config.replace(/("(?:torch_)?dtype"\s*:\s*)"[^"]*"/g, '$1"float32"');
  writeFileSync(join(to, 'config.json'), float32, { flag: 'wx' });
  copyTokenizer(from, to);
}

/** Copies the tokenizer and what else lies beside the configuration and the weights of a model. */
export function copyTokenizer(from: string, to: string): void {
  for (const name of COMPANIONS) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`, { flag: 'wx' });
}
