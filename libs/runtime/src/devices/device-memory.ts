/**
 * Tensors on a device that WebGPU reaches. What a run gives stays there and is fed to the next as it is: weights,
 * adapters, optimizer states, gradients and caches. Only what the host asks for comes back: tokens, log-probabilities
 * and metrics.
 *
 * ONNX Runtime's binding gives a buffer back when its tensor is disposed, and no collection does. So every tensor that
 * a run leaves on the device is kept in a list until it is released, or swept because nothing refers to it.
 *
 * Reading a tensor there would end the process (onnxruntime-node 1.30): a graph that copies it into an output of the
 * host reads it back.
 */
import { encodeModel, expand, Graph, reshape } from '@soar/onnx';
import { InferenceSession, Tensor } from '../onnx-runtime.js';
import { noProvider } from './faults.js';
import { run, watch } from './run.js';
import { bytesOf, type Feeds, type Place, type TensorMemory } from './tensor-memory.js';

/** Outputs of our graphs that the host reads; all others stay. */
const READ = /^(?:tokens|logprobs|drawn_tokens|drawn_logprobs|loss|kl|hidden|square\..*)$/;

/** Copies between host and device, and makes zeros. */
type Move = 'put' | 'read' | 'zeros';

export class DeviceMemory implements TensorMemory {
  readonly target = 'device';
  readonly inPlace = false;
  private readonly live = new Set<Tensor>();
  private held = 0;
  private most = 0;
  private readonly moves = new Map<string, InferenceSession>();

  constructor(readonly halves = false) {}

  private readonly counted = { toDevice: 0, fromDevice: 0 };

  get traffic(): { readonly toDevice: number; readonly fromDevice: number } {
    return { ...this.counted };
  }

  /** Bytes of the tensors that are on the device between runs. */
  get bytes(): number {
    return this.held;
  }

  get peakBytes(): number {
    return this.most;
  }

  sessionOptions(outputs: readonly string[]): InferenceSession.SessionOptions {
    return {
      executionProviders: ['webgpu', 'cpu'],
      // Fusions beyond these would be in the graph that scores and not in the one that trains, which needs what is
      // between the fused nodes: then a policy would differ from itself by rounding, and Adam makes a step of that.
      graphOptimizationLevel: 'basic',
      preferredOutputLocation: Object.fromEntries(
        outputs.map((name) => [name, READ.test(name) ? 'cpu' : 'gpu-buffer']),
      ),
    };
  }

  attach(session: InferenceSession): void {
    watch(session, this);
  }

  ran({ inputNames }: InferenceSession, feeds: Feeds, outputs: Feeds): void {
    for (const name of inputNames) {
      if (feeds[name]!.location === 'cpu') this.counted.toDevice += bytesOf(feeds[name]!);
    }
    for (const tensor of Object.values(outputs)) {
      if (tensor.location === 'cpu') this.counted.fromDevice += bytesOf(tensor);
      else this.keep(tensor);
    }
  }

  private keep(tensor: Tensor): void {
    if (this.live.has(tensor)) return;
    this.live.add(tensor);
    this.held += bytesOf(tensor);
    this.most = Math.max(this.most, this.held);
  }

  async put(data: Float32Array, shape: readonly number[]): Promise<Tensor> {
    return this.move('put', new Tensor('float32', data, shape));
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return (await this.move('read', tensor)).data as Float32Array;
  }

  async zerosLike(tensors: Feeds): Promise<Feeds> {
    const made: Feeds = {};
    for (const [name, tensor] of Object.entries(tensors)) made[name] = await this.move('zeros', tensor);
    return made;
  }

  async runInto(
    session: InferenceSession,
    feeds: Feeds,
    into: Readonly<Record<string, Place>>,
  ): Promise<Feeds> {
    const outputs = await run(
      session,
      feeds,
      Object.fromEntries(session.outputNames.map((name) => [name, null])),
    );
    this.release(Object.values(into).flatMap(({ kept }) => (kept === undefined ? [] : [kept])));
    return outputs;
  }

  release(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      if (!this.live.delete(tensor)) continue;
      this.held -= bytesOf(tensor);
      tensor.dispose();
    }
  }

  sweep(used: ReadonlySet<Tensor>): void {
    this.release([...this.live].filter((tensor) => !used.has(tensor)));
  }

  private async move(kind: Move, tensor: Tensor): Promise<Tensor> {
    const session = await this.moving(
      kind,
      tensor.dims.length,
      tensor.type === 'float16' ? 'float16' : 'float32',
    );
    return (await run(session, { x: tensor }, { y: null }))['y']!;
  }

  private async moving(kind: Move, rank: number, type: 'float32' | 'float16'): Promise<InferenceSession> {
    const key = `${kind} ${type} ${rank}`;
    const known = this.moves.get(key);
    if (known !== undefined) return known;
    const graph = new Graph(kind);
    const dims = Array.from({ length: rank }, (_, i) => `d${i}`);
    const x = graph.input('x', type, dims);
    const zero = graph.constant('float32', [], Float32Array.of(0));
    graph.output('y', kind === 'zeros' ? expand(zero, dims) : reshape(x, dims));
    const options: InferenceSession.SessionOptions = {
      executionProviders: ['webgpu', 'cpu'],
      preferredOutputLocation: { y: kind === 'read' ? 'cpu' : 'gpu-buffer' },
      logSeverityLevel: 3,
    };
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(encodeModel(graph), options);
    } catch (error) {
      throw noProvider('webgpu', error);
    }
    this.attach(session);
    this.moves.set(key, session);
    return session;
  }
}
