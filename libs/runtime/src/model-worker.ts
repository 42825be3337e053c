/**
 * A worker as a job has it, for itself, until the job is over: policies by handle, work in canonical units. What the
 * job clones or makes ends with it; what it loads may stay for the next.
 */
import type { AdapterBase, DecoderConfig } from '@soar/model';
import type { Traffic } from './devices/tensor-memory.js';
import { complete, completionsOf, endedRows, goOn, type Completion } from './completions.js';
import type {
  AdapterStart,
  Handle,
  ModelSource,
  OpArgs,
  OpName,
  OpResult,
  PolicyInfo,
  RankedScore,
  RolloutPiece,
  TrainStep,
  TrainStepResult,
} from './protocol.js';
import {
  checkPrompt,
  planUnits,
  shapesWithin,
  type ModelLimits,
  type OpenRow,
  type PlannedUnit,
  type RolloutRequest,
  type SamplingSettings,
} from './rollout-units.js';
import type { JobSettings } from './settings.js';
import type { WorkerThread } from './worker-thread.js';

/** The memory of all jobs, as one of them sees it. */
export interface JobMemory {
  /** The folder with the weights of a large model; undefined for a small one. */
  freeze(model: ModelSource): Promise<string | undefined>;
  /** The job's own share, without the weights of large models, which it has together with others. */
  share(): number;
}

export class ModelWorker {
  constructor(
    private readonly thread: WorkerThread,
    private readonly settings: JobSettings,
    private readonly memory: JobMemory,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Which worker of the pool, from 0. */
  get index(): number {
    return this.thread.index;
  }

  async load({ handle, folder, base }: ModelSource): Promise<PolicyInfo> {
    const frozen = await this.memory.freeze(base ?? { handle, folder });
    if (frozen !== undefined) await this.call('limitMemory', { memoryBytesMax: this.memory.share() });
    return this.call('load', { handle, folder, ...(base && { base }), frozen });
  }

  initialise(args: OpArgs<'initialise'>): Promise<PolicyInfo> {
    return this.call('initialise', args);
  }

  /** With `start`, an adapter begins over the frozen model. */
  clone(from: Handle, to: Handle, start?: AdapterStart): Promise<PolicyInfo> {
    return this.call('clone', { from, to, ...(start && { start }) });
  }

  free(handle: Handle): Promise<void> {
    return this.call('free', { handle });
  }

  loadOptimizer(handle: Handle, folder: string): Promise<number> {
    return this.call('loadOptimizer', { handle, folder });
  }

  /** Completions in the order of request.rows. The signal is checked between calls to the worker. */
  sample(handle: Handle, request: RolloutRequest, config: DecoderConfig): Promise<Completion[]> {
    return complete(request, config, shapesWithin(config, request, this.settings), async (units) => {
      const completions = [];
      for (const unit of units) completions.push(await this.runUnit(handle, unit));
      return completions;
    });
  }

  /** Completions of one unit's rows. */
  async runUnit(handle: Handle, planned: PlannedUnit): Promise<Completion[]> {
    let drawn: readonly RolloutPiece[] = [];
    for await (const pieces of this.draw(handle, planned)) drawn = pieces;
    return completionsOf(planned, drawn);
  }

  /** Log-probability of every token of every text; 0 for each first token. */
  score(handle: Handle, texts: readonly Int32Array[], temperature: number): Promise<Float32Array[]> {
    return this.call('score', { handle, texts, temperature });
  }

  /** The same with the `top` most likely tokens in each place, at least one. */
  rankedScore(
    handle: Handle,
    texts: readonly Int32Array[],
    { temperature, top }: { readonly temperature: number; readonly top: number },
  ): Promise<RankedScore[]> {
    return this.call('rankedScore', { handle, texts, temperature, top });
  }

  /** Mean over its tokens of the final hidden states of each text, which has at least one. */
  embed(handle: Handle, texts: readonly Int32Array[]): Promise<Float32Array[]> {
    return this.call('embed', { handle, texts });
  }

  trainStep(step: TrainStep): Promise<TrainStepResult> {
    return this.call('trainStep', step);
  }

  /** What has crossed the bus of a device since its worker started; nothing where there is none. */
  traffic(): Promise<Traffic> {
    return this.call('traffic', {});
  }

  /** The most bytes of tensors that stood on a device between runs of graphs; 0 where there is none. */
  devicePeak(): Promise<number> {
    return this.call('devicePeak', {});
  }

  /** `base`: what an adapter names as the model that it belongs to. */
  save(
    handle: Handle,
    folder: string,
    { optimizer = false, base = {} }: { readonly optimizer?: boolean; readonly base?: AdapterBase } = {},
  ): Promise<void> {
    return this.call('save', { handle, folder, optimizer, base });
  }

  /** Draws one completion token by token: what `sample` draws for a request of this one row. */
  async *stream(
    handle: Handle,
    row: { readonly prompt: ArrayLike<number>; readonly path: string; readonly seed: number },
    sampling: SamplingSettings,
    limits: ModelLimits,
  ): AsyncGenerator<{ readonly token: number; readonly logprob: number }> {
    const { prompt, path, seed } = row;
    checkPrompt(prompt, 0, limits);
    let open: OpenRow[] = [{ index: 0, path, text: prompt, drawn: 0 }];
    while (open.length > 0) {
      const [planned] = planUnits(open, { seed, sampling }, limits, this.settings.shapes);
      let drawn: readonly RolloutPiece[] = [];
      for await (const pieces of this.draw(handle, planned!, 1)) {
        drawn = pieces;
        const { tokens, logprobs } = pieces.at(-1)!;
        yield { token: tokens[0]!, logprob: logprobs[0]! };
      }
      const [completion] = completionsOf(planned!, drawn);
      open = goOn(open[0]!, completion!, sampling.maxNewTokens, limits);
    }
  }

  /** What a unit's rows have drawn so far, after each piece, until the last row has ended; `rounds` tokens a piece. */
  private async *draw(
    handle: Handle,
    planned: PlannedUnit,
    rounds?: number,
  ): AsyncGenerator<readonly RolloutPiece[]> {
    await this.call('startRollout', { handle, unit: planned.unit });
    const pieces: RolloutPiece[] = [];
    for (;;) {
      const ended = planned.endsWith === undefined ? [] : endedRows(planned, pieces);
      if (ended.length === planned.rows.length) return;
      const piece = await this.call('drawTokens', { ended, ...(rounds && { rounds }) });
      pieces.push(piece);
      yield pieces;
      if (piece.done) return;
    }
  }

  private call<K extends OpName>(op: K, args: OpArgs<K>): Promise<OpResult<K>> {
    this.signal?.throwIfAborted();
    return this.thread.call(op, args);
  }
}
