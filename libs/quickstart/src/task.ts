/**
 * The task file: all data from which the shipped base model and its problems can be reproduced.
 *
 * A task names the kinds of text and their mixture, the stages of pre-training, the model's shape, the problem pool
 * and the seed. For another variant of the experiment, write another task file (`readTask` checks it); nothing about
 * the task is defined outside it. It is not the configuration of a SOAR run: that is the run's YAML file.
 *
 * `version` is raised whenever the same file would give other texts, problems or weights than before.
 */
import type { arithmeticGrammar } from '@soar/domains';

type Operator = arithmeticGrammar.Operator;

/**
 * Texts of one operation: which share of them has how many operands, and how often and how far they are worked out. All
 * lists are equally long: one entry for 1, 2, 3, ... operands.
 */
export interface Kind {
  /** The operator between the operands. */
  readonly operator: Operator;
  /** Relative weight among the kinds of a mixture. */
  readonly weight: number;
  /** Relative weight of texts by number of operands. */
  readonly operands: readonly number[];
  /** Probability that a text shows worked steps. */
  readonly worked: readonly number[];
  /**
   * Probability that a worked step is followed by another. Where the steps break off, the correct answer follows at
   * once, which no model can guess when several operands of a sum are left.
   */
  readonly goesOn: readonly number[];
  /**
   * Probability that a text with several operands is given its first steps (1 to all but one, equally likely): they
   * have loss weight 0, and the steps continue from there as `goesOn` says. So late decisions are trained as often as
   * early ones, and the probability of taking all of them is the product of `worked` and powers of `goesOn`.
   */
  readonly given: readonly number[];
  /**
   * Loss weight of the tokens of a question; default: the task's. With 0 the model learns how to solve such a
   * question, but not to ask it. So what a teacher asks and what a student can learn are separate settings.
   */
  readonly questionLossWeight?: number;
}

/** The kinds of textbook or of exam texts, with their weights. */
export type Mixture = readonly Kind[];

/** One stage of pre-training with its own texts and learning rate, and a fresh optimizer. */
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

/** Problems of one kind and length. */
export interface PoolPart {
  readonly operator: Operator;
  readonly operands: number;
  readonly count: number;
}

export interface Task {
  readonly version: 2;
  readonly name: string;
  /** Seed of texts, initial weights and problems. */
  readonly seed: number;
  readonly domain: 'arithmetic';
  readonly model: ModelShape;
  readonly optimizer: Optimizer;
  /** Loss weight of the tokens of a question; answers, steps and the end of text weigh 1. */
  readonly questionLossWeight: number;
  readonly stages: readonly PretrainStage[];
  /** The pool from which the hard set is screened. */
  readonly pool: readonly PoolPart[];
  /** Easier problems with exact answers, as a human teacher would set them: for the upper bound. */
  readonly curated: readonly PoolPart[];
}
