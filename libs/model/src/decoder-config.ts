/**
 * What shapes a decoder of the Llama family: the part of a Hugging Face config.json that the graphs depend on, in our
 * names. Reading and writing config.json is hf/config.ts.
 */
export interface LlamaConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Width of the SwiGLU. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key-value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Even; heads * headDim need not be hiddenSize. */
  readonly headDim: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  /** The embedding is the output head, too. */
  readonly tieWordEmbeddings: boolean;
  /** Longest sequence that the model was made for, in tokens. */
  readonly maxPositionEmbeddings: number;
  readonly bosTokenId?: number;
  /** Tokens that end a completion; may be empty. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId?: number;
}
