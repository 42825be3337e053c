/**
 * The operations of a worker thread, and the messages for requests and responses. Types only; the worker's side is in
 * worker/, the caller's in worker-thread.ts.
 */
import type { Reason } from '@soar/core';
import type { Adapter, AdapterBase, DecoderConfig, InitialParameters } from '@soar/model';
import type { AdamWConfig } from '@soar/optim';
import type { KlTerm } from '@soar/training';
import type { Traffic } from './devices/tensor-memory.js';
import type { RolloutUnit } from './rollout-units.js';
import type { JobSettings } from './settings.js';

/** Names a policy (a set of parameters) within a worker. */
export type Handle = string;

/** A model on disk; equal handles name equal weights. */
export interface ModelSource {
  readonly handle: Handle;
  readonly folder: string;
  /** Where `folder` holds an adapter: the model that it belongs to. */
  readonly base?: { readonly handle: Handle; readonly folder: string };
}

/** An adapter that is to begin, and where the random numbers of its A come from. */
export interface AdapterStart {
  readonly adapter: Adapter;
  readonly seed: number;
  readonly path: string;
}

export interface PolicyInfo {
  readonly config: DecoderConfig;
  readonly parameterCount: number;
}

/** What the rows of a rollout have drawn in a call; row r starts at r * rounds in both arrays. */
export interface RolloutPiece {
  readonly rounds: number;
  readonly tokens: Int32Array;
  readonly logprobs: Float32Array;
  /** Tokens of each row, the end token included; 0 where it had ended before. */
  readonly lengths: Int32Array;
  /** Whether every row has ended. */
  readonly done: boolean;
}

/** The tokens of a text beside the most likely ones in their places; 0 for what is of the first token. */
export interface RankedScore {
  /** Of the tokens. */
  readonly logprobs: Float32Array;
  /** [tokens, top], most likely first, and their log-probabilities. */
  readonly topTokens: Int32Array;
  readonly topLogprobs: Float32Array;
}

/** A text and the terms of each of its tokens in the loss; all arrays are as long as `tokens`. */
export interface TrainingText {
  readonly tokens: Int32Array;
  /** Multiplies log p of the token: advantage / divisor for a policy, the share of the loss for a language model. */
  readonly weights: Float32Array;
  /** With a clip: log-probabilities when the tokens were sampled. */
  readonly sampledLogprobs?: Float32Array;
  /** With a KL term: log-probabilities under the reference, and the weight of each token's estimate. */
  readonly referenceLogprobs?: Float32Array;
  readonly klWeights?: Float32Array;
}

export interface TrainStep {
  readonly handle: Handle;
  readonly texts: readonly TrainingText[];
  /** Log-probabilities are taken after it; above 0. */
  readonly temperature: number;
  /** Bounds the probability ratio to 1 +- this; absent: no clip. */
  readonly clipEpsilon?: number;
  readonly kl: KlTerm;
  readonly optimizer: AdamWConfig;
  readonly learningRate: number;
}

export interface TrainStepResult {
  readonly loss: number;
  /** Weighted sum of the KL estimates. */
  readonly kl: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** Times that it was computed again with a smaller loss scale; 0 in float32. */
  readonly rescalings: number;
  /** Updates that the policy's optimizer has made, this one included. */
  readonly updates: number;
}

export interface LoadedFrom {
  /** The folder with the weights of a large model, or of the one under an adapter. */
  readonly frozen?: string | undefined;
}

/** Every operation, as a function of the worker. */
export interface WorkerOps {
  /** Reads a model folder; does nothing if the handle is there. The policy may be dropped when its job is over. */
  load(args: ModelSource & LoadedFrom): PolicyInfo;
  /** Makes a model with random weights. It lives until the end of the job. */
  initialise(
    args: {
      readonly handle: Handle;
      readonly config: DecoderConfig;
      readonly seed: number;
      readonly path: string;
    } & InitialParameters,
  ): PolicyInfo;
  /**
   * A policy of its own with the same parameters and a fresh optimizer. With `start` it is the same model frozen, under
   * an adapter that has learned nothing. It lives until the end of the job.
   */
  clone(args: { readonly from: Handle; readonly to: Handle; readonly start?: AdapterStart }): PolicyInfo;
  free(args: { readonly handle: Handle }): void;
  /**
   * Takes the optimizer's state from optimizer.safetensors in a folder. Returns the updates made; 0 without the file.
   */
  loadOptimizer(args: { readonly handle: Handle; readonly folder: string }): number;
  /** Begins a rollout, which lives until its last row has ended or the job is over. One at a time. */
  startRollout(args: { readonly handle: Handle; readonly unit: RolloutUnit }): void;
  /**
   * Draws tokens of the rows that have not ended, at least one each: `rounds` at most, or as suits the cache.
   * `ended`: rows of the unit that have ended, for a reason that their tokens do not show. One at least has not.
   */
  drawTokens(args: { readonly rounds?: number; readonly ended: readonly number[] }): RolloutPiece;
  /** Log-probability of every token of every text given those before it; 0 for each first token. */
  score(args: {
    readonly handle: Handle;
    readonly texts: readonly Int32Array[];
    readonly temperature: number;
  }): Float32Array[];
  /** The same with the most likely tokens in each place. */
  rankedScore(args: {
    readonly handle: Handle;
    readonly texts: readonly Int32Array[];
    readonly temperature: number;
    /** How many of them, at least 1. */
    readonly top: number;
  }): RankedScore[];
  /** Mean over its tokens of the final hidden states of each text, which has at least one. */
  embed(args: { readonly handle: Handle; readonly texts: readonly Int32Array[] }): Float32Array[];
  trainStep(args: TrainStep): TrainStepResult;
  /**
   * Writes model.safetensors, with the files beside it that the policy was loaded with, or the adapter alone, which
   * then names `base`; and the optimizer if asked.
   */
  save(args: {
    readonly handle: Handle;
    readonly folder: string;
    readonly optimizer: boolean;
    readonly base: AdapterBase;
  }): void;
  /** Writes one of so many shares of the weights of the model in `source` into a folder, for sessions to map. */
  writeFrozen(args: {
    readonly source: string;
    readonly folder: string;
    readonly share: number;
    readonly shares: number;
  }): void;
  /** Lets go of a model and of all that needs it. */
  forget(args: { readonly handle: Handle }): void;
  /** What has crossed the bus of a device since the worker started. */
  traffic(args: Record<never, never>): Traffic;
  /** The most bytes of tensors that stood on the device between runs of graphs, without what a run takes meanwhile. */
  devicePeak(args: Record<never, never>): number;
  /** What the job and the models that it uses may take from now on, in bytes. */
  limitMemory(args: { readonly memoryBytesMax: number }): void;
  /** Settings of the job that begins. */
  beginJob(args: JobSettings): void;
  /** Frees what lives until the end of a job. */
  endJob(args: Record<never, never>): void;
}

export type OpName = keyof WorkerOps;
export type OpArgs<K extends OpName> = Parameters<WorkerOps[K]>[0];
export type OpResult<K extends OpName> = ReturnType<WorkerOps[K]>;

/** A request; `carrier` is its trace context. */
export interface Question {
  readonly id: number;
  readonly op: OpName;
  readonly args: unknown;
  readonly carrier: Record<string, string>;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError };

/** An error as data; without a reason it is a bug, and the stack says where. */
export interface WireError {
  readonly message: string;
  readonly reason?: Reason;
  readonly where?: string | undefined;
  readonly stack?: string | undefined;
  /** Whether the worker is of no more use, such as one whose device is lost. */
  readonly fatal?: boolean;
  /** The operating system's name of an error (ENOSPC), for the caller, which knows where it happened. */
  readonly code?: string | undefined;
  /** Whether memory ran out. */
  readonly starved?: boolean;
}
