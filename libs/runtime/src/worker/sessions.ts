/**
 * ONNX Runtime sessions of a worker, made at first use: one for each graph, model shape and number of threads. Those of
 * a large model have its weights in them, mapped from a file.
 */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import {
  drawGraph,
  embedGraph,
  inHalfPrecision,
  pickGraph,
  prepareGraph,
  promptGraph,
  rankedScoreGraph,
  scoreGraph,
  settleGraph,
  type DecoderConfig,
  type DrawOptions,
  type Part,
} from '@soar/model';
import { encodeModel, type ExternalData, type Graph } from '@soar/onnx';
import { gradientGraph, parameterGradientGraph, updateGraph, type GradientOptions } from '@soar/training';
import { noProvider } from '../devices/faults.js';
import { memoryOf } from '../devices/memory-of.js';
import type { TensorMemory } from '../devices/tensor-memory.js';
import { InferenceSession } from '../onnx-runtime.js';
import { outOfMemory } from '../out-of-memory.js';
import type { Provider } from '../settings.js';

/** Which graph. */
export type GraphKind =
  | { readonly graph: 'score'; readonly chunked: boolean; readonly chunks?: number }
  | { readonly graph: 'ranked score'; readonly top: number; readonly chunks?: number }
  | { readonly graph: 'embed' }
  | { readonly graph: 'prepare' | 'squares' | 'gradients' | 'update'; readonly part: Part }
  | ({ readonly graph: 'gradient' } & GradientOptions)
  | { readonly graph: 'prompt'; readonly truncated: boolean }
  | ({ readonly graph: 'draw' } & DrawOptions)
  | { readonly graph: 'settle'; readonly leaving: boolean }
  | { readonly graph: 'pick' };

/** Sessions kept; a worker that serves more model shapes at a time creates sessions again. */
const SESSIONS_MAX = 32;

/** Weights that a session finds in a file, by the names of a graph's inputs. */
export interface FrozenWeights {
  readonly folder: string;
  readonly places: ReadonlyMap<string, ExternalData>;
  /** The same, with where they are packed (packed-weights.ts). */
  readonly packed: ReadonlyMap<string, ExternalData>;
}

/** What a graph is made for. */
interface Model {
  readonly config: DecoderConfig;
  readonly frozen?: FrozenWeights;
  /** The model under an adapter. */
  readonly base?: Model;
}

interface Held {
  readonly session: InferenceSession;
  /** Of the frozen weights in it. */
  readonly folder: string | undefined;
}

export class Sessions {
  private readonly byKey = new Map<string, Held>();

  /** Of the current job. */
  threads = 1;

  constructor(
    private readonly provider: Provider,
    /** Where tensors live between runs. */
    readonly memory: TensorMemory = memoryOf(provider),
  ) {}

  /** Whether sessions here use packed weights. */
  get packs(): boolean {
    return this.provider === 'cpu';
  }

  async get(kind: GraphKind, { config, frozen: own, base }: Model): Promise<InferenceSession> {
    const frozen = 'part' in kind ? undefined : (own ?? base?.frozen);
    const key = createHash('sha256')
      .update(JSON.stringify([kind, config, this.threads, frozen?.folder]))
      .digest('hex');
    const found = this.byKey.get(key);
    if (found !== undefined) {
      this.byKey.delete(key);
      this.byKey.set(key, found); // most recently used last
      return found.session;
    }
    if (this.byKey.size >= SESSIONS_MAX) {
      const [oldest, { session }] = this.byKey.entries().next().value!;
      this.byKey.delete(oldest);
      await session.release();
    }
    // Gradients multiply with a matrix both ways, of which one is packed nowhere.
    const weights = frozen && { ...frozen, packs: this.packs && kind.graph !== 'gradient' };
    const session = await this.make(this.graph(kind, config), weights, key);
    this.byKey.set(key, { session, folder: frozen?.folder });
    return session;
  }

  /** The graph in the precision of the tensors: what is done with parameters and their gradients is in float32. */
  private graph(kind: GraphKind, config: DecoderConfig): Graph {
    if (!this.memory.halves) return buildGraph(kind, config);
    if (kind.graph === 'prepare') return inHalfPrecision(prepareGraph(config, kind.part, { matrices: true }));
    const graph = buildGraph(kind, config);
    return 'part' in kind ? graph : inHalfPrecision(graph);
  }

  /** Lets go of the sessions with weights from this folder. */
  async forget(folder: string): Promise<void> {
    for (const [key, held] of this.byKey) {
      if (held.folder !== folder) continue;
      this.byKey.delete(key);
      await held.session.release();
    }
  }

  private async make(
    graph: Graph,
    frozen: (FrozenWeights & { readonly packs: boolean }) | undefined,
    key: string,
  ): Promise<InferenceSession> {
    const options: InferenceSession.SessionOptions = {
      // The job's threads and a fixed order of nodes: results do not depend on how many cores there are.
      intraOpNumThreads: this.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Places planned for all tensors are memory of their own beside what the first run took.
      enableMemPattern: isSmall(graph),
      // Errors come as exceptions; warnings about the optimiser's choices are not for users.
      logSeverityLevel: 3,
      ...this.memory.sessionOptions(graph.outputs.map(({ name }) => name)),
    };
    const session = await this.start(graph, frozen, key, options);
    this.memory.attach(session);
    return session;
  }

  private async start(
    graph: Graph,
    frozen: (FrozenWeights & { readonly packs: boolean }) | undefined,
    key: string,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    try {
      if (frozen === undefined) {
        return await InferenceSession.create(encodeModel(graph, new Map(), this.memory.target), options);
      }
      // Weights are mapped only from a file in the model's own folder.
      const file = join(frozen.folder, `${key}-${threadId}.onnx`);
      writeFileSync(file, encodeModel(graph, frozen.packs ? frozen.packed : frozen.places));
      try {
        // What is not packed in the file would be packed into a copy for every session.
        return await InferenceSession.create(file, {
          ...options,
          extra: { session: { disable_prepacking: frozen.packs ? '0' : '1' } },
        });
      } finally {
        rmSync(file);
      }
    } catch (error) {
      if (this.provider === 'cpu' || outOfMemory(error) !== undefined) throw error;
      throw noProvider(this.provider, error);
    }
  }
}

/** Whether the weights of a graph have less than 16 MiB, so that its activations matter more for time than memory. */
function isSmall({ inputs }: Graph): boolean {
  const sizes = inputs.map(({ shape }) => shape.reduce<number>((size, dim) => size * Number(dim), 1));
  return sizes.reduce((sum, size) => sum + (Number.isNaN(size) ? 0 : size), 0) < 2 ** 22;
}

function buildGraph(kind: GraphKind, config: DecoderConfig): Graph {
  switch (kind.graph) {
    case 'score':
      return scoreGraph(config, kind);
    case 'ranked score':
      return rankedScoreGraph(config, kind);
    case 'embed':
      return embedGraph(config);
    case 'prepare':
      return prepareGraph(config, kind.part);
    case 'update':
      return updateGraph(config, kind.part);
    case 'squares':
    case 'gradients':
      return parameterGradientGraph(config, kind.part, kind.graph);
    case 'gradient':
      return gradientGraph(config, kind);
    case 'prompt':
      return promptGraph(config, kind);
    case 'draw':
      return drawGraph(config, kind);
    case 'pick':
      return pickGraph(config);
    case 'settle':
      return settleGraph(config, kind);
  }
}
