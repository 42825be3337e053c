/** What a family is described by; the families are in table.ts. */
import type { DecoderConfig } from '../decoder-config.js';
import type { JsonFields } from '../hf/json-fields.js';

/** What is known of a model before its family's own fields are read. */
export interface Sizes {
  readonly hiddenSize: number;
  readonly layers: number;
}

/** Reads fields of config.json into what they mean for the decoder. */
export type Reader = (fields: JsonFields, sizes: Sizes) => Partial<DecoderConfig>;

export interface Family {
  /** Models that people know it by. */
  readonly title: string;
  readonly always?: Partial<DecoderConfig>;
  readonly reads: readonly Reader[];
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** The field that names the activation. Absent: hidden_act. */
  readonly activationField?: string;
  /** The activation that "gelu" stands for, where configurations say it and mean another. */
  readonly geluIsTanh?: boolean;
  /** Whether only a part of each head may be rotated. */
  readonly partialRotary?: boolean;
  /** Other names of rotary scalings. */
  readonly rotaryAliases?: Readonly<Record<string, string>>;
}
