/**
 * Models that a user has named in the artifact store: models/NAME. Services on the same store take such a key
 * wherever they take a checkpoint. The content of a key never changes, so a name can be given only once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '@soar/core';
import { parameterCount, readModelConfig } from '@soar/runtime';
import { type ArtifactStore, isArtifactFolder, openArtifactStore } from '@soar/store';
import { requireModelFolder } from './import-model.js';

/** Key prefix of named models. */
const FOLDER = 'models/';
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** A model as a listing shows it. */
export interface ListedModel {
  readonly name: string;
  /** Key that services take. */
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface StoredModel extends ListedModel {
  /** model_type of config.json. */
  readonly family: string;
  readonly parameters: number;
  readonly vocabulary: number;
  /** Longest sequence, in tokens. */
  readonly positionsMax: number;
}

/**
 * Copies the model in `folder` into the store at `artifacts` under `name`, by default the folder's own; finds it when
 * it is there already. Throws UserError, before anything is copied, for a folder without a model of a known family and
 * for a name that another model has.
 */
export async function importNamedModel(
  artifacts: string,
  folder: string,
  name?: string,
): Promise<StoredModel> {
  requireModelFolder(folder);
  const chosen = name ?? basename(resolve(folder));
  if (!NAME.test(chosen)) {
    throw new UserError(
      `model name ${JSON.stringify(chosen)}: expected at most 128 letters, digits, ".", "_" and "-", not beginning ` +
        `with "."; give ${name === undefined ? 'a --name' : 'another --name'}`,
      'INVALID_ARGUMENT',
      'name',
    );
  }
  const store = await openArtifactStore(artifacts);
  try {
    await store.importFolder(folder, FOLDER + chosen);
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== 'ALREADY_EXISTS') throw error;
    const message = `${FOLDER}${chosen}: the store ${artifacts} has another model of this name; give another --name`;
    throw new UserError(message, 'ALREADY_EXISTS', 'name', { cause: error });
  }
  return describe(store, chosen);
}

/** The models in the store at `artifacts`, in order of name. Throws UserError NOT_FOUND where there is no store. */
export async function listModels(artifacts: string): Promise<ListedModel[]> {
  const store = await existingStore(artifacts);
  const models: ListedModel[] = [];
  for await (const { key, sha256, bytes } of store.list(FOLDER.slice(0, -1)))
    models.push({ name: key.slice(FOLDER.length), key, sha256, bytes });
  return models;
}

/** One model, its files checked against their hashes. Throws UserError NOT_FOUND, DATA_LOSS. */
export async function showModel(artifacts: string, name: string): Promise<StoredModel> {
  return describe(await existingStore(artifacts), name.startsWith(FOLDER) ? name.slice(FOLDER.length) : name);
}

async function describe(store: ArtifactStore, name: string): Promise<StoredModel> {
  const { ref, folder, files } = await store.open({ key: FOLDER + name, sha256: '' });
  const config = readModelConfig(folder);
  const { model_type: family } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    model_type: string;
  };
  return {
    name,
    key: ref.key,
    sha256: ref.sha256,
    bytes: [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    family,
    parameters: parameterCount(config),
    vocabulary: config.vocabSize,
    positionsMax: config.maxPositionEmbeddings,
  };
}

/** Opens a store that exists: a lookup creates none. */
async function existingStore(artifacts: string): Promise<ArtifactStore> {
  if (isArtifactFolder(artifacts) && !existsSync(artifacts)) {
    const message = `artifact store ${artifacts}: there is no such folder; name another --artifacts`;
    throw new UserError(message, 'NOT_FOUND', 'artifacts');
  }
  return openArtifactStore(artifacts);
}
