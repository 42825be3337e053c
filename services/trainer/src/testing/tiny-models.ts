/**
 * Two model folders in Hugging Face layout, made here from a seed: random weights, which is enough to sample from, to
 * train and to be rewarded for the form of an answer. They differ in everything a model folder can differ in. The
 * second is there once more with weights that pose problems, for whole runs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@soar/core';
import { arithmeticGrammar } from '@soar/domains';
import {
  generationConfigJson,
  llamaConfigJson,
  initialParameters,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import { WEIGHTS_FILE, writeJson, writeTensors } from '@soar/runtime';

const COMMON = { rotary: { theta: 100 }, rmsNormEps: 1e-5, maxPositionEmbeddings: 64 };

/** One token a character of the arithmetic domain; tied, as many key-value heads as heads, no token before a text. */
const characters: DecoderConfig = {
  ...COMMON,
  vocabSize: 2 + arithmeticGrammar.ALPHABET.length,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  headDim: 8,
  tieWordEmbeddings: true,
  padTokenId: 0,
  eosTokenIds: [1],
};

/** Bytes and a few merges, one token before a text; untied, grouped queries, more rows than tokens, two end tokens. */
const bytes: DecoderConfig = {
  ...COMMON,
  maxPositionEmbeddings: 512,
  vocabSize: 272,
  hiddenSize: 24,
  intermediateSize: 40,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 4,
  tieWordEmbeddings: false,
  bosTokenId: 259,
  eosTokenIds: [260, 0],
};

/** Writes the character model to `folder`. */
export function makeCharacterModel(folder: string, seed = 1): void {
  const tokens = ['<pad>', '<eos>', ...arithmeticGrammar.ALPHABET];
  const special = tokens.slice(0, 2).map(specialToken);
  writeModel(folder, characters, seed, {
    version: '1.0',
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [] },
  });
}

/** Writes the byte-level BPE model to `folder`. */
export function makeByteModel(folder: string, seed = 2): void {
  writeModel(folder, bytes, seed, byteTokenizer());
}

/**
 * The byte-level model with weights that know the form of the arithmetic domain's proposals: after T comes 123, then
 * "=" or the end, after "=" comes "#". Each token's embedding points to an axis of its own and the head of what follows
 * points there too, so one text in four is `123=#123`: enough for whole runs.
 */
export function makePosingByteModel(folder: string, seed = 2): void {
  const tokenizer = byteTokenizer();
  const { vocab } = tokenizer.model;
  const { TEXTBOOK_CUE, EXAM_CUE } = arithmeticGrammar;
  const end = bytes.eosTokenIds[0]!;
  const follows = [
    [TEXTBOOK_CUE, vocab['1']!],
    [EXAM_CUE, vocab['1']!],
    ['1', vocab['2']!],
    ['2', vocab['3']!],
    ['3', vocab['=']!, end],
    ['=', vocab['#']!],
    ['#', vocab['1']!],
  ] as const;
  writeModel(folder, bytes, seed, tokenizer, ({ name, data }) => {
    const std = 0.02 / 0.3;
    for (let i = 0; i < data.length; i++) if (!name.includes('norm')) data[i]! *= std;
    follows.forEach(([token, ...next], axis) => {
      const rows =
        name === 'model.embed_tokens.weight' ? [vocab[token]!] : name === 'lm_head.weight' ? next : [];
      for (const row of rows) data[row * bytes.hiddenSize + axis] = 3;
    });
  });
}

interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

function byteTokenizer(): TokenizerFile {
  const merges = [
    ['h', 'e'],
    ['Ġ', 't'],
    ['Ġt', 'he'],
  ];
  const tokens = [...byteAlphabet(), ...merges.map((pair) => pair.join(''))];
  const special = ['<|begin|>', '<|end|>'].map((content, i) => specialToken(content, tokens.length + i));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|begin|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<|begin|>': { id: '<|begin|>', ids: [tokens.length], tokens: ['<|begin|>'] } },
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      unk_token: null,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

function writeModel(
  folder: string,
  config: DecoderConfig,
  seed: number,
  tokenizer: object,
  change: (parameter: NamedTensor) => void = () => {},
): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'config.json'), llamaConfigJson(config));
  writeJson(join(folder, 'generation_config.json'), generationConfigJson(config));
  writeJson(join(folder, 'tokenizer.json'), tokenizer);
  const parameters = initialParameters(config, Random.of(seed), { std: 0.3, scaleResidual: false });
  parameters.forEach(change);
  writeTensors(join(folder, WEIGHTS_FILE), parameters);
}

function specialToken(content: string, id: number): object {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/** Printable stand-ins of the 256 bytes, as in GPT-2's encoder.py. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}
