export { Tokenizer } from './tokenizer.js';
export type { SpecialIds } from './tokenizer.js';
export type { TokenizerConfigJson, TokenizerJson } from './hugging-face.js';
export { StreamDecoder } from './stream-decoder.js';
