/** A small byte-level BPE tokenizer.json for tests. The byte alphabet is GPT-2's (openai/gpt-2, encoder.py). */
import type { TokenizerJson } from '../hugging-face.js';

export const BOS = '<|begin|>';
export const EOS = '<|end|>';

/** Printable stand-ins of the 256 bytes, in order of the byte. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** 256 bytes, merges for "hello" and " hello", and two special tokens; the template puts BOS before a text. */
export function byteLevelJson(): TokenizerJson & { post_processor: unknown } {
  const merges: [string, string][] = [
    ['l', 'l'],
    ['h', 'e'],
    ['he', 'll'],
    ['hell', 'o'],
    ['Ġ', 'hello'],
    ['Ã', '©'],
  ];
  const tokens = [...byteAlphabet(), ...merges.map((pair) => pair.join(''))];
  const special = [BOS, EOS].map((content, i) => ({
    id: tokens.length + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const whole = {
    version: '1.0',
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: BOS, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { [BOS]: { id: BOS, ids: [tokens.length], tokens: [BOS] } },
    },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', unk_token: null, vocab: Object.fromEntries(tokens.map((t, i) => [t, i])), merges },
  };
  return whole;
}
