export { Tokenizer } from './tokenizer.js';
export type { SpecialIds, TokenizerConfigJson, TokenizerJson } from './hugging-face.js';
