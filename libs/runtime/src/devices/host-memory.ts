/**
 * Tensors in the host's memory: typed arrays, which runs write into in place. Also for providers whose tensors cannot
 * stay on their device between runs (CUDA in ONNX Runtime's binding for Node): there everything crosses the bus in
 * every run, and is not counted, since the provider says nothing of it.
 */
import { MessageChannel } from 'node:worker_threads';
import { Tensor, type InferenceSession } from '../onnx-runtime.js';
import { run } from './run.js';
import type { Feeds, Place, TensorMemory } from './tensor-memory.js';

/** Whatever is handed over to it is gone. */
const nowhere = new MessageChannel().port1;
nowhere.close();

export class HostMemory implements TensorMemory {
  readonly target = 'host';
  readonly inPlace = true;
  readonly peakBytes = 0;
  readonly traffic = { toDevice: 0, fromDevice: 0 };

  constructor(
    private readonly provider: 'cpu' | 'cuda' = 'cpu',
    readonly halves = false,
  ) {}

  sessionOptions(): InferenceSession.SessionOptions {
    return { executionProviders: this.provider === 'cpu' ? ['cpu'] : [this.provider, 'cpu'] };
  }

  attach(): void {
    // Nothing is counted.
  }

  put(data: Float32Array, shape: readonly number[]): Promise<Tensor> {
    return Promise.resolve(new Tensor('float32', data, shape));
  }

  read(tensor: Tensor): Promise<Float32Array> {
    return Promise.resolve(tensor.data as Float32Array);
  }

  zerosLike(tensors: Feeds): Promise<Feeds> {
    const made = Object.entries(tensors).map(([name, { dims }]) => [name, zeros(dims)] as const);
    return Promise.resolve(Object.fromEntries(made));
  }

  async runInto(
    session: InferenceSession,
    feeds: Feeds,
    into: Readonly<Record<string, Place>>,
  ): Promise<Feeds> {
    const places = Object.fromEntries(
      Object.entries(into).map(
        ([name, { shape, type, kept }]) => [name, kept ?? zeros(shape, type)] as const,
      ),
    );
    const fetches = Object.fromEntries(session.outputNames.map((name) => [name, places[name] ?? null]));
    const outputs = await run(session, feeds, fetches);
    // What was written into a tensor comes as a copy, too.
    const copies = Object.entries(places).flatMap(([name, place]) =>
      bufferOf(outputs[name]!) === bufferOf(place) ? [] : [outputs[name]!],
    );
    this.release(copies);
    return { ...outputs, ...places };
  }

  /**
   * Gives the memory of tensors back at once, where a collection would come too late: ONNX Runtime's binding makes new
   * arrays for all outputs of every run. They have no elements afterwards.
   */
  release(tensors: readonly Tensor[]): void {
    nowhere.postMessage(undefined, tensors.map(bufferOf));
  }

  sweep(): void {
    // What nothing refers to is collected.
  }
}

function zeros(shape: readonly number[], type: Place['type'] = 'float32'): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return type === 'float32'
    ? new Tensor(type, new Float32Array(size), shape)
    : new Tensor(type, new Uint16Array(size), shape);
}

function bufferOf(tensor: Tensor): ArrayBuffer {
  return (tensor.data as Float32Array | Uint16Array).buffer as ArrayBuffer;
}
