/**
 * The one place that touches @huggingface/tokenizers, which runs the algorithms of tokenizer.json (BPE, Unigram,
 * WordPiece).
 *
 * Why a view of our own: the package's declarations use imports that TypeScript's nodenext resolution cannot follow, so
 * everything in them is `any` to us; and three of its habits are unsafe for training and are mended here. A BPE without
 * an unknown token drops characters it does not know: here that is an error, since a question that loses a character is
 * another question. "Clean-up" of spaces changes what the model wrote: it is never asked for. Decoding nothing throws.
 *
 * Compared with the reference implementation in golden/: equal for byte-level BPE; with byte fallback a run of bytes
 * that is no UTF-8 has fewer U+FFFD (one for each truncated character instead of one for each byte), and U+FEFF at its
 * start is lost.
 */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { messageOf, UserError } from '@soar/core';

/** Content of a tokenizer.json, as far as it is looked at here. */
export interface TokenizerJson {
  readonly model?: { readonly type?: string; readonly vocab?: unknown };
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly decoder?: DecoderJson | null;
  readonly added_tokens?: readonly {
    readonly id: number;
    readonly content: string;
    readonly special?: boolean;
  }[];
}

interface DecoderJson {
  readonly type?: string;
  readonly decoders?: readonly DecoderJson[];
}

/** A special token in tokenizer_config.json: its text, or an object with its text. */
export type SpecialToken = string | { readonly content: string } | null;

/** Content of a tokenizer_config.json, as far as it is looked at here. */
export interface TokenizerConfigJson {
  readonly bos_token?: SpecialToken;
  readonly eos_token?: SpecialToken;
  readonly pad_token?: SpecialToken;
  readonly unk_token?: SpecialToken;
  readonly add_bos_token?: boolean | null;
  readonly additional_special_tokens?: readonly SpecialToken[] | null;
}

interface LibraryModel {
  /** By id; holes where no token has the id. */
  readonly vocab: readonly (string | undefined)[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token: string | null | undefined;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
  readonly end_of_word_suffix?: string | null;
  readonly continuing_subword_suffix?: string | null;
  encode(pieces: readonly string[]): string[];
}

/** Ids that config.json or generation_config.json name; they win over tokenizer_config.json. */
export interface SpecialIds {
  /** Ids that end a sequence. */
  readonly eosIds?: readonly number[];
  readonly padId?: number;
}

export interface LibraryTokenizer {
  readonly model: LibraryModel;
  readonly post_processor:
    | ((tokens: readonly string[], pair: null, special: boolean) => { readonly tokens: readonly string[] })
    | null;
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: (number | undefined)[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
}

/** Builds the library's tokenizer. Throws UserError that begins with `source` when the content is none. */
export function buildLibraryTokenizer(
  json: TokenizerJson,
  config: TokenizerConfigJson,
  source: string,
): LibraryTokenizer {
  let built: LibraryTokenizer;
  try {
    const whole = {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      ...json,
      added_tokens: json.added_tokens ?? [],
    };
    const additional = (config.additional_special_tokens ?? [])
      .map(contentOf)
      .filter((text) => text !== undefined);
    built = new Library(whole, { ...config, additional_special_tokens: additional }) as LibraryTokenizer;
  } catch (error) {
    throw new UserError(
      `${source}: not a tokenizer that can be used: ${messageOf(error)}; ` +
        'expected a tokenizer.json of Hugging Face tokenizers',
      'INVALID_ARGUMENT',
      source,
      { cause: error },
    );
  }
  if (json.model?.type === 'BPE') refuseUnknownCharacters(built.model, source);
  return built;
}

/**
 * `json` without the added tokens that a model of `rows` embeddings cannot read. Gemma 3 has one, which stands for an
 * image: its text is then text like any other. A token that begins, ends or pads texts stays, and will be found not to
 * fit.
 */
export function withoutTokensBeyond(
  json: TokenizerJson,
  { bos_token, eos_token, pad_token, unk_token }: TokenizerConfigJson,
  rows: number,
): TokenizerJson {
  const needed = new Set([bos_token, eos_token, pad_token, unk_token].map(contentOf));
  const beyond = (json.added_tokens ?? []).filter(({ id, content }) => id >= rows && !needed.has(content));
  if (beyond.length === 0) return json;
  const left = new Set(beyond.map(({ content }) => content));
  const vocab = json.model?.vocab;
  const isMap = typeof vocab === 'object' && vocab !== null && !Array.isArray(vocab);
  return {
    ...json,
    added_tokens: json.added_tokens!.filter(({ content }) => !left.has(content)),
    ...(isMap && {
      model: {
        ...json.model,
        vocab: Object.fromEntries(Object.entries(vocab).filter(([content]) => !left.has(content))),
      },
    }),
  };
}

/** The text of a special token however it is written. */
export function contentOf(token: SpecialToken | undefined): string | undefined {
  return typeof token === 'string' ? token : (token?.content ?? undefined);
}

/** Whether the text of a token can depend on the tokens after it, so that nothing is final before the last one. */
export function decodesOnlyAsAWhole(json: TokenizerJson, model: LibraryModel): boolean {
  const whole = (decoder: DecoderJson | null | undefined): boolean => {
    if (decoder === null || decoder === undefined) return true;
    if (decoder.type === 'Sequence') return (decoder.decoders ?? []).some(whole);
    return decoder.type === 'BPEDecoder' || decoder.type === 'CTC' || decoder.type === 'WordPiece';
  };
  return whole(json.decoder) || Boolean(model.end_of_word_suffix);
}

/** Makes the model's `encode` throw where it would drop a character without a trace. */
function refuseUnknownCharacters(model: LibraryModel, source: string): void {
  const known = model.tokens_to_ids;
  const isSuffixed = Boolean(model.end_of_word_suffix) || Boolean(model.continuing_subword_suffix);
  if (typeof model.unk_token === 'string' || isSuffixed) return;
  if (model.byte_fallback === true && hasEveryByte(known)) return;
  const encode = model.encode.bind(model);
  model.encode = (pieces) => {
    for (const piece of pieces) {
      if (model.ignore_merges === true && known.has(piece)) continue;
      for (const character of piece) {
        if (known.has(character)) continue;
        throw new UserError(
          `${source}: no token for the character ${JSON.stringify(character)} and no unknown token; ` +
            'use a text of the alphabet that the model was trained on',
          'INVALID_ARGUMENT',
          source,
        );
      }
    }
    return encode(pieces);
  };
}

function hasEveryByte(known: ReadonlyMap<string, number>): boolean {
  for (let byte = 0; byte < 256; byte++) {
    if (!known.has(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)) return false;
  }
  return true;
}
