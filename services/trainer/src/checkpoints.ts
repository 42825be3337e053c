/**
 * Checkpoints as models: found in the store, their hashes checked once, with configuration and tokenizer. The weights
 * are read by the workers. A checkpoint never changes, so an open one stays valid; the most recently used ones stay
 * open. One that is an adapter names the checkpoint with the weights under it, which is opened with it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import type { AdapterBase, DecoderConfig } from '@soar/model';
import { askedModel, type AskedModel } from '@soar/prompts';
import {
  isAdapterFolder,
  readAdapterBase,
  readAdapterConfig,
  readModelConfig,
  type ModelSource,
} from '@soar/runtime';
import type { ArtifactStore, CheckpointRef } from '@soar/store';

/** A checkpoint that can be sampled from and trained. `handle` is equal for equal weights. */
export interface Model extends ModelSource, AskedModel {
  /** With the hash that was found. */
  readonly ref: CheckpointRef;
  /** The checkpoint with its weights: itself, or the one under its adapter. */
  readonly weights: CheckpointRef;
  readonly config: DecoderConfig;
  /** model_type of config.json. */
  readonly modelType: string;
}

/** Models kept open; a tokenizer of a large vocabulary takes some ten MiB. */
const OPEN_MAX = 64;

export class Checkpoints {
  private readonly open_ = new Map<string, Promise<Model>>();

  constructor(private readonly store: ArtifactStore) {}

  /**
   * The model of a reference. Throws UserError NOT_FOUND, DATA_LOSS (a hash does not match), INVALID_ARGUMENT (no model
   * of a supported kind, or a tokenizer that does not fit it).
   */
  async open(ref: CheckpointRef): Promise<Model> {
    const sha256 = ref.sha256 || (await this.store.find(ref.key))?.sha256 || '';
    const handle = `${ref.key}@${sha256}`;
    const known = this.open_.get(handle);
    const opening = known ?? this.read({ key: ref.key, sha256 });
    this.open_.delete(handle);
    this.open_.set(handle, opening); // most recently used last
    if (known === undefined) opening.catch(() => this.open_.delete(handle));
    if (this.open_.size > OPEN_MAX) this.open_.delete(this.open_.keys().next().value!);
    return opening;
  }

  private async read(wanted: CheckpointRef): Promise<Model> {
    const { ref, folder } = await this.store.open(wanted);
    if (isAdapterFolder(folder)) return this.readAdapter(ref, folder);
    const config = readModelConfig(folder);
    const ids = { eosIds: config.eosTokenIds, modelVocabSize: config.vocabSize };
    const { tokenizer, chatTemplate } = await askedModel(folder, ids);
    tokenizer.fits(config.vocabSize);
    const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { model_type: string };
    const handle = `${ref.key}@${ref.sha256}`;
    return { ref, weights: ref, folder, handle, config, tokenizer, chatTemplate, modelType: json.model_type };
  }

  private async readAdapter(ref: CheckpointRef, folder: string): Promise<Model> {
    const under = await this.openBase(ref.key, readAdapterBase(folder));
    return {
      ...under,
      ref,
      folder,
      handle: `${ref.key}@${ref.sha256}`,
      base: { handle: under.handle, folder: under.folder },
      config: readAdapterConfig(folder, under.config),
    };
  }

  private async openBase(key: string, { name = '', revision = '' }: AdapterBase): Promise<Model> {
    const where = `checkpoint ${key}: the base of its adapter`;
    if (name === '' || !/^[0-9a-f]{64}$/.test(revision)) {
      throw new UserError(
        `${where}: expected base_model_name_or_path and revision to be a checkpoint's key and hash, got ` +
          `${JSON.stringify(name)} and ${JSON.stringify(revision)}; "soar models import" imports adapters`,
        'INVALID_ARGUMENT',
        key,
      );
    }
    const under = await this.open({ key: name, sha256: revision }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${where}: ${error.message}`, error.reason, name, { cause: error });
    });
    if (under.base !== undefined)
      throw new UserError(
        `${where}: ${name} is an adapter itself, expected weights`,
        'INVALID_ARGUMENT',
        name,
      );
    return under;
  }
}

/** What an adapter of this model, or the one that it has, names as the weights under it. */
export function baseOf({ weights: { key, sha256 } }: Model): AdapterBase {
  return { name: key, revision: sha256 };
}

/** Refuses a reference model that gives log-probabilities of other tokens. */
export function requireSameVocabulary(reference: Model, base: Model): void {
  const [got, expected] = [reference.config.vocabSize, base.config.vocabSize];
  if (got === expected) return;
  throw new UserError(
    `reference ${reference.ref.key}: vocabulary of ${got} tokens, expected ${expected} as in base ${base.ref.key}`,
    'INVALID_ARGUMENT',
    'reference',
  );
}
