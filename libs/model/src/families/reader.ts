/** What the readers of config.json have in common: fields in, a part of the decoder's description out. */
import type { DecoderConfig } from '../decoder-config.js';
import type { JsonFields } from '../hf/json-fields.js';

/** What is known of a model before its family's own fields are read. */
export interface Sizes {
  readonly hiddenSize: number;
  readonly layers: number;
}

/** Reads fields of config.json into what they mean for the decoder. */
export type Reader = (fields: JsonFields, sizes: Sizes) => Partial<DecoderConfig>;
