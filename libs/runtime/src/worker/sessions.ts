/** ONNX Runtime sessions of a worker, made at first use: one for each graph, model shape and number of threads. */
import { createHash } from 'node:crypto';
import { UserError, messageOf } from '@soar/core';
import {
  drawGraph,
  embedGraph,
  prepareGraph,
  promptGraph,
  scoreGraph,
  settleGraph,
  type DecoderConfig,
  type Part,
} from '@soar/model';
import { encodeModel, type Graph } from '@soar/onnx';
import { gradientGraph, parameterGradientGraph, type GradientOptions } from '@soar/training';
import { InferenceSession } from '../onnx-runtime.js';
import type { Provider } from '../settings.js';

/** Which graph. */
export type GraphKind =
  | { readonly graph: 'score'; readonly chunked: boolean }
  | { readonly graph: 'embed' }
  | { readonly graph: 'prepare' | 'squares' | 'gradients'; readonly part: Part }
  | ({ readonly graph: 'gradient' } & GradientOptions)
  | { readonly graph: 'prompt' | 'draw'; readonly truncated: boolean }
  | { readonly graph: 'settle' };

/** Sessions kept; a worker that serves more model shapes at a time creates sessions again. */
const SESSIONS_MAX = 32;

export class Sessions {
  private readonly byKey = new Map<string, InferenceSession>();

  /** Of the current job. */
  threads = 1;

  constructor(private readonly provider: Provider) {}

  async get(kind: GraphKind, config: DecoderConfig): Promise<InferenceSession> {
    const key = createHash('sha256')
      .update(JSON.stringify([kind, config, this.threads]))
      .digest('hex');
    const found = this.byKey.get(key);
    if (found !== undefined) {
      this.byKey.delete(key);
      this.byKey.set(key, found); // most recently used last
      return found;
    }
    if (this.byKey.size >= SESSIONS_MAX) {
      const [oldest, session] = this.byKey.entries().next().value!;
      this.byKey.delete(oldest);
      await session.release();
    }
    const session = await this.make(buildGraph(kind, config));
    this.byKey.set(key, session);
    return session;
  }

  private async make(graph: Graph): Promise<InferenceSession> {
    try {
      return await InferenceSession.create(encodeModel(graph), {
        executionProviders: this.provider === 'cpu' ? ['cpu'] : [this.provider, 'cpu'],
        // The job's threads and a fixed order of nodes: results do not depend on how many cores there are.
        intraOpNumThreads: this.threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // A pattern is memory of its own beside what the first run took, and saves no time here.
        enableMemPattern: false,
        // Errors come as exceptions; warnings about the optimiser's choices are not for users.
        logSeverityLevel: 3,
      });
    } catch (error) {
      if (this.provider === 'cpu') throw error;
      throw new UserError(
        `provider ${this.provider}: ONNX Runtime cannot start it here: ${messageOf(error)}. Use --provider cpu, ` +
          'or install what it needs',
        'FAILED_PRECONDITION',
        'provider',
        { cause: error },
      );
    }
  }
}

function buildGraph(kind: GraphKind, config: DecoderConfig): Graph {
  switch (kind.graph) {
    case 'score':
      return scoreGraph(config, kind);
    case 'embed':
      return embedGraph(config);
    case 'prepare':
      return prepareGraph(config, kind.part);
    case 'squares':
    case 'gradients':
      return parameterGradientGraph(config, kind.part, kind.graph);
    case 'gradient':
      return gradientGraph(config, kind);
    case 'prompt':
      return promptGraph(config, kind);
    case 'draw':
      return drawGraph(config, kind);
    case 'settle':
      return settleGraph(config);
  }
}
