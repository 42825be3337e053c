/**
 * The task file: everything from which the shipped base model and its problems are remade, as data.
 *
 * A task names the kinds of text and their mixture, the stages of pre-training, the model's shape, the problem pool and the
 * seed. Whoever wants another variant of the experiment writes another task file of this form (`readTask` checks it);
 * nothing about the task lives outside it. It is not the configuration of a SOAR run: that is the run's YAML file.
 *
 * `version` is raised whenever the same file would give other texts, problems or weights than before.
 */

/** Which share of texts has how many operands, and how often and how far they are worked out. */
export interface Mixture {
  /** Relative weight of texts with 1, 2, 3, ... operands. */
  readonly operands: readonly number[];
  /** Probability that a text with 1, 2, 3, ... operands shows worked steps; as long as `operands`. */
  readonly worked: readonly number[];
  /**
   * Probability that worked steps go on after a step, by number of operands; as long as `operands`. Where they break off,
   * the (right) answer follows at once, which no model can guess when several operands are left.
   */
  readonly goesOn: readonly number[];
  /**
   * Probability that a text with several operands is given its first steps (1 to all but one, equally likely): they stand
   * in the text with loss weight 0 and go on from there by `goesOn`. So the late decisions are seen as often as the early
   * ones, and the odds of taking all of them are the product that `worked` and `goesOn` say.
   */
  readonly given: readonly number[];
}

/** One stretch of pre-training with its own texts and learning rate; the optimizer starts afresh in each. */
export interface PretrainStage {
  readonly name: string;
  /** Optimizer steps. */
  readonly steps: number;
  /** Rows per step; each holds several texts, kept apart by a segment mask. */
  readonly rows: number;
  /** Tokens per row. */
  readonly rowTokens: number;
  readonly learningRate: {
    readonly peak: number;
    /** Reached at the last step, along a half cosine that starts when the linear warm-up ends. */
    readonly final: number;
    readonly warmupSteps: number;
  };
  /** Probability that a text is textbook (a problem posed with its solution) and not exam (a problem answered). */
  readonly textbookShare: number;
  readonly textbook: Mixture;
  readonly exam: Mixture;
}

/** Shape and initialisation of the model; the names are those of a Llama config.json in Hugging Face layout. */
export interface ModelShape {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rope_theta: number;
  readonly rms_norm_eps: number;
  readonly max_position_embeddings: number;
  readonly tie_word_embeddings: boolean;
  /** Standard deviation of the normal from which every matrix is drawn; norm weights start at 1. */
  readonly initializer_range: number;
}

export interface Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled, applied to every weight, multiplied by the learning rate. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number;
}

/** Problems of one length in the pool from which the hard set is screened. */
export interface PoolPart {
  readonly operands: number;
  readonly count: number;
}

export interface Task {
  readonly version: 1;
  readonly name: string;
  /** Seed of texts, initial weights and problems. */
  readonly seed: number;
  readonly domain: 'arithmetic';
  readonly model: ModelShape;
  readonly optimizer: Optimizer;
  /** Loss weight of the tokens of a question; answers, steps and the end of text weigh 1. */
  readonly questionLossWeight: number;
  readonly stages: readonly PretrainStage[];
  readonly pool: readonly PoolPart[];
}
