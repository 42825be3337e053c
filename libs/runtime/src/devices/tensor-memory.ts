/**
 * Where the tensors of policies and caches live, between the runs of graphs: in the host's memory, or on a device. The
 * one thing that training and sampling ask instead of which provider it is.
 */
import type { Target } from '@soar/onnx';
import type { InferenceSession, Tensor } from '../onnx-runtime.js';

export type Feeds = Record<string, Tensor>;

/** An output that takes the place of a tensor: `kept` is what stood there. */
export interface Place {
  readonly shape: readonly number[];
  /** Default: float32. */
  readonly type?: 'float32' | 'float16';
  readonly kept?: Tensor | undefined;
}

export interface TensorMemory {
  /** How graphs are written for it. */
  readonly target: Target;
  /**
   * Whether runs write into tensors that are given, and the host reads them where they are. Otherwise a run makes new
   * tensors, and gives those back that they replace.
   */
  readonly inPlace: boolean;
  /** Whether matrices and caches are there in float16 (libs/model/src/half.ts). */
  readonly halves: boolean;
  /** Options of a session whose graph has these outputs. */
  sessionOptions(outputs: readonly string[]): InferenceSession.SessionOptions;
  /** Counts what the runs of a session move and make. */
  attach(session: InferenceSession): void;
  /** Puts numbers there, which the caller does not use any more. */
  put(data: Float32Array, shape: readonly number[]): Promise<Tensor>;
  /** The numbers of a tensor: itself in the host's memory, a copy of what is on a device. */
  read(tensor: Tensor): Promise<Float32Array>;
  /** Zeros like each tensor, in float32. */
  zerosLike(tensors: Feeds): Promise<Feeds>;
  /** Runs a session. The outputs that `into` names take the places there; the others are new. */
  runInto(session: InferenceSession, feeds: Feeds, into: Readonly<Record<string, Place>>): Promise<Feeds>;
  /** Gives tensors back at once, which nobody uses any more. */
  release(tensors: readonly Tensor[]): void;
  /** Gives back all that is not among these. */
  sweep(used: ReadonlySet<Tensor>): void;
  /** What has crossed the bus so far. */
  readonly traffic: Traffic;
  /** The most bytes of tensors that stood on a device between runs; 0 in the host's memory. */
  readonly peakBytes: number;
}

/** Bytes of tensors that runs of graphs were given by the host, and gave to it. */
export interface Traffic {
  readonly toDevice: number;
  readonly fromDevice: number;
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2, int64: 8, bool: 1 };

export function bytesOf({ type, size }: Pick<Tensor, 'type' | 'size'>): number {
  return size * (ELEMENT_BYTES[type] ?? 4);
}
