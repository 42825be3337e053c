/**
 * A worker as a job has it, for itself, until the job is over: policies by handle, work in canonical units. What the
 * job clones or makes ends with it; what it loads may stay for the next.
 */
import type { AdapterBase } from '@soar/model';
import type {
  AdapterStart,
  Handle,
  ModelSource,
  OpArgs,
  OpName,
  OpResult,
  PolicyInfo,
  TrainStep,
  TrainStepResult,
} from './protocol.js';
import {
  joined,
  phasesOf,
  piecesOf,
  sampleInPhases,
  type Completion,
  type Pieces,
} from './rollout-phases.js';
import {
  checkPrompt,
  planUnits,
  type ModelLimits,
  type PlannedUnit,
  type RolloutRequest,
  type SamplingSettings,
} from './rollout-units.js';
import type { JobSettings } from './settings.js';
import type { WorkerThread } from './worker-thread.js';

export class ModelWorker {
  constructor(
    private readonly thread: WorkerThread,
    private readonly settings: JobSettings,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Which worker of the pool, from 0. */
  get index(): number {
    return this.thread.index;
  }

  load({ handle, folder, base }: ModelSource): Promise<PolicyInfo> {
    return this.call('load', { handle, folder, ...(base && { base }) });
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

  /** Completions in the order of request.rows. The signal is checked between units. */
  sample(handle: Handle, request: RolloutRequest, limits: ModelLimits): Promise<Completion[]> {
    return sampleInPhases(request, limits, this.settings.shapes, async (units) => {
      const pieces = [];
      for (const unit of units) pieces.push(await this.runUnit(handle, unit));
      return pieces.flat();
    });
  }

  /** One unit of a phase. */
  async runUnit(handle: Handle, planned: PlannedUnit): Promise<Pieces> {
    return piecesOf(planned, await this.call('rollout', { handle, unit: planned.unit }));
  }

  /** Log-probability of every token of every text; 0 for each first token. */
  score(handle: Handle, texts: readonly Int32Array[], temperature: number): Promise<Float32Array[]> {
    return this.call('score', { handle, texts, temperature });
  }

  /** Mean over its tokens of the final hidden states of each text, which has at least one. */
  embed(handle: Handle, texts: readonly Int32Array[]): Promise<Float32Array[]> {
    return this.call('embed', { handle, texts });
  }

  trainStep(step: TrainStep): Promise<TrainStepResult> {
    return this.call('trainStep', step);
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
    const { path, seed } = row;
    checkPrompt(row.prompt, 0, limits);
    let prompt = row.prompt;
    for (const { drawn: before, rounds } of phasesOf(sampling.maxNewTokens, this.settings.shapes)) {
      for (let drawn = before; drawn < before + rounds;) {
        const request = { prompts: [prompt], rows: [{ prompt: 0, path }], seed, sampling };
        const phase = { drawn, rounds: before + rounds - drawn };
        const [planned] = planUnits(request, phase, limits, this.settings.shapes);
        await this.call('openStream', { handle, unit: planned!.unit });
        const tokens = [];
        for (let round = 0; round < planned!.unit.rounds; round++) {
          const token = await this.call('drawToken', { round });
          yield token;
          if (sampling.stopIds.includes(token.token)) return;
          tokens.push(token.token);
        }
        prompt = joined(prompt, tokens);
        drawn += tokens.length;
        if (prompt.length >= limits.maxPositionEmbeddings) return;
      }
    }
  }

  private call<K extends OpName>(op: K, args: OpArgs<K>): Promise<OpResult<K>> {
    this.signal?.throwIfAborted();
    return this.thread.call(op, args);
  }
}
