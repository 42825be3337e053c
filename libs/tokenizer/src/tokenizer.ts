/**
 * Text to token ids and back, as a model's folder says.
 *
 * What is ours beside the library: a beginning-of-sequence token at most once, ids outside the vocabulary, the ids that
 * end and pad a sequence, the check against a model's size, and streams. Not here: chat templates and truncation; a
 * prompt that is too long is the caller's error to report.
 */
import { UserError } from '@soar/core';
import { BoundedRules, needsBound } from './bounded-rules.js';
import {
  buildLibraryTokenizer,
  contentOf,
  decodesOnlyAsAWhole,
  withoutTokensBeyond,
} from './hugging-face.js';
import type { LibraryTokenizer, SpecialIds, TokenizerConfigJson, TokenizerJson } from './hugging-face.js';
import { readTokenizerFiles } from './read-folder.js';
import { StreamDecoder } from './stream-decoder.js';

export class Tokenizer {
  /** Number of ids, the greatest id plus 1; ids without a token count. */
  readonly vocabSize: number;
  /** Ids that end a sequence, ascending; empty when the folder names none. */
  readonly eosIds: readonly number[];
  /** Fills up batches; undefined when the folder names none. */
  readonly padId: number | undefined;
  /** What the tokenizer puts before a text, usually one beginning-of-sequence token; empty for many models. */
  readonly bosIds: readonly number[];

  private readonly specialIds: ReadonlySet<number>;
  private readonly decodesAsAWhole: boolean;
  /** Runs what reads text, and what writes it; a plain call where the rules need no bound. */
  private readonly reading: <T>(call: () => T, characters: number) => T;
  private readonly writing: <T>(call: () => T, characters: number) => T;

  private constructor(
    private readonly library: LibraryTokenizer,
    json: TokenizerJson,
    config: TokenizerConfigJson,
    ids: SpecialIds,
    private readonly source: string,
  ) {
    const named = (token: string | undefined): number | undefined =>
      token === undefined ? undefined : library.model.tokens_to_ids.get(token);
    this.vocabSize = library.model.vocab.length;
    const eos = named(contentOf(config.eos_token));
    this.eosIds = [...new Set(ids.eosIds ?? (eos === undefined ? [] : [eos]))].sort((a, b) => a - b);
    this.padId = ids.padId ?? named(contentOf(config.pad_token));
    this.bosIds = prefixOf(library, config, named);
    const special = new Set(
      json.added_tokens?.filter((token) => token.special === true).map((token) => token.id),
    );
    for (const token of config.additional_special_tokens ?? []) {
      const id = named(contentOf(token));
      if (id !== undefined) special.add(id);
    }
    // As transformers does: what the configuration names is special, flagged or not. Ids to stop at alone are not.
    for (const token of [config.bos_token, config.eos_token, config.pad_token, config.unk_token]) {
      const id = named(contentOf(token));
      if (id !== undefined) special.add(id);
    }
    this.specialIds = special;
    this.decodesAsAWhole = decodesOnlyAsAWhole(json, library.model);
    const rules = new BoundedRules(source);
    const bounded = <T>(call: () => T, characters: number): T => rules.run(call, characters);
    const plain = <T>(call: () => T): T => call();
    this.reading = needsBound([json.normalizer, json.pre_tokenizer]) ? bounded : plain;
    this.writing = needsBound(json.decoder) ? bounded : plain;
  }

  /**
   * A tokenizer from the parsed content of tokenizer.json and tokenizer_config.json. `source` begins every error
   * message. Throws UserError when the content is no tokenizer.
   */
  static fromJson(
    json: TokenizerJson,
    config: TokenizerConfigJson = {},
    ids: SpecialIds = {},
    source = 'tokenizer.json',
  ): Tokenizer {
    return new Tokenizer(buildLibraryTokenizer(json, config, source), json, config, ids, source);
  }

  /**
   * The tokenizer of a model's folder in Hugging Face layout; `ids` win over what its files say. With `modelVocabSize`,
   * added tokens that the model has no row for are left out. Throws UserError that names the file at fault.
   */
  static async fromFolder(
    folder: string,
    { modelVocabSize, ...ids }: SpecialIds & { readonly modelVocabSize?: number } = {},
  ): Promise<Tokenizer> {
    const files = await readTokenizerFiles(folder);
    const json =
      modelVocabSize === undefined
        ? files.json
        : withoutTokensBeyond(files.json, files.config, modelVocabSize);
    return Tokenizer.fromJson(json, files.config, { ...files.ids, ...ids }, files.path);
  }

  /**
   * Token ids of `text`. With `bos`, what the tokenizer puts before a text stands before it exactly once, whether or
   * not the text begins with it already; a tokenizer that puts nothing there adds nothing. Never adds an end token.
   * Special tokens that are written out in the text become their ids. Throws UserError on a character that cannot be
   * expressed.
   */
  encode(text: string, options: { readonly bos: boolean }): number[] {
    if (text === '') return options.bos ? [...this.bosIds] : [];
    const ids: number[] = [];
    const encode = () => this.library.encode(text, { add_special_tokens: false }).ids;
    for (const id of this.reading(encode, text.length)) {
      if (id === undefined)
        throw new UserError(`${this.source}: the unknown token has no id`, 'INVALID_ARGUMENT');
      ids.push(id);
    }
    if (!options.bos || this.bosIds.every((id, i) => ids[i] === id)) return ids;
    return [...this.bosIds, ...ids];
  }

  /**
   * Text of `ids`. Ids that no token has (a model's vocabulary may be padded) are worth no text; bytes that are no
   * UTF-8 become U+FFFD.
   */
  decode(ids: readonly number[], options: { readonly skipSpecialTokens: boolean }): string {
    return this.textOf(ids.filter((id) => this.isShown(id, options.skipSpecialTokens)));
  }

  /** A decoder for ids that come one at a time; what it emits adds up to `decode` of all of them. */
  streamDecoder(options: { readonly skipSpecialTokens: boolean }): StreamDecoder {
    return new StreamDecoder({
      decode: (ids) => this.textOf(ids),
      isShown: (id) => this.isShown(id, options.skipSpecialTokens),
      holdsAll: this.decodesAsAWhole,
    });
  }

  /**
   * Checks the tokenizer against the size of a model's embedding, in tokens. A model may have more rows than the
   * tokenizer has tokens (padding), up to twice as many; fewer would make ids that it cannot embed. Throws UserError.
   */
  fits(modelVocabSize: number): void {
    const greatest = Math.max(this.vocabSize - 1, this.padId ?? 0, ...this.eosIds);
    const isPadded = modelVocabSize <= 2 * this.vocabSize;
    if (greatest < modelVocabSize && isPadded) return;
    throw new UserError(
      `${this.source}: the tokenizer does not fit the model: expected ids below the model's vocab_size ` +
        `${modelVocabSize}${isPadded ? '' : ' and at least half as many'}, got ids up to ${greatest}; ` +
        'use the tokenizer that the model was trained with',
      'INVALID_ARGUMENT',
      this.source,
    );
  }

  private isShown(id: number, skipSpecialTokens: boolean): boolean {
    if (this.library.model.vocab[id] === undefined) return false;
    return !(skipSpecialTokens && this.specialIds.has(id));
  }

  private textOf(shown: number[]): string {
    if (shown.length === 0) return '';
    const options = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
    return this.writing(() => this.library.decode(shown, options), shown.length);
  }
}

/** Stands for a text while the post-processor is asked what it puts around one. */
const SENTINEL = '\u0000text';

/** What the tokenizer puts before a text: add_bos_token decides where it is given, the post-processor otherwise. */
function prefixOf(
  library: LibraryTokenizer,
  config: TokenizerConfigJson,
  named: (token: string | undefined) => number | undefined,
): number[] {
  if (config.add_bos_token === false) return [];
  const around = library.post_processor?.([SENTINEL], null, true).tokens ?? [SENTINEL];
  const before = around.slice(0, around.indexOf(SENTINEL)).map(named);
  const prefix = before.filter((id) => id !== undefined);
  const bos = named(contentOf(config.bos_token));
  return prefix.length === 0 && config.add_bos_token === true && bos !== undefined ? [bos] : prefix;
}
