/**
 * A worker as a job has it, for itself, until the job is over: policies by handle, work in canonical units. What the job
 * clones or makes ends with it; what it loads may stay for the next.
 */
import type { SamplingSettings, ModelLimits, PlannedUnit, RolloutRequest } from './rollout-units.js';
import { planRollouts } from './rollout-units.js';
import type {
  Handle,
  OpArgs,
  OpName,
  OpResult,
  PolicyInfo,
  RolloutResult,
  TrainStep,
  TrainStepResult,
} from './protocol.js';
import type { RuntimeSettings } from './settings.js';
import type { WorkerThread } from './worker-thread.js';

/** One sampled completion. */
export interface Completion {
  /** The end token included. */
  readonly tokens: Int32Array;
  /** After temperature, before top-k and top-p. At temperature 0 those at temperature 1. */
  readonly logprobs: Float32Array;
  /** Whether it ended with one of the stop tokens, and not at the length limit. */
  readonly stopped: boolean;
}

export class ModelWorker {
  constructor(
    private readonly thread: WorkerThread,
    private readonly settings: RuntimeSettings,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Which worker of the pool, from 0. */
  get index(): number {
    return this.thread.index;
  }

  load(handle: Handle, folder: string): Promise<PolicyInfo> {
    return this.call('load', { handle, folder });
  }

  initialise(args: OpArgs<'initialise'>): Promise<PolicyInfo> {
    return this.call('initialise', args);
  }

  clone(from: Handle, to: Handle): Promise<PolicyInfo> {
    return this.call('clone', { from, to });
  }

  free(handle: Handle): Promise<void> {
    return this.call('free', { handle });
  }

  loadOptimizer(handle: Handle, folder: string): Promise<number> {
    return this.call('loadOptimizer', { handle, folder });
  }

  /** Completions in the order of request.rows. The signal is heeded between units. */
  async sample(handle: Handle, request: RolloutRequest, limits: ModelLimits): Promise<Completion[]> {
    const completions = new Array<Completion>(request.rows.length);
    for (const planned of planRollouts(request, limits, this.settings.shapes)) {
      for (const [index, completion] of await this.runUnit(handle, planned)) completions[index] = completion;
    }
    return completions;
  }

  /** One unit of a planned request: completions by index in the request. */
  async runUnit(handle: Handle, { unit, rows }: PlannedUnit): Promise<[number, Completion][]> {
    const result = await this.call('rollout', { handle, unit });
    return rows.map(({ index, tokensMax }, row) => [
      index,
      completionOf(result, row, tokensMax, unit.sampling.stopIds),
    ]);
  }

  /** Log-probability of every token of every text; 0 for each first token. */
  score(handle: Handle, texts: readonly Int32Array[], temperature: number): Promise<Float32Array[]> {
    return this.call('score', { handle, texts, temperature });
  }

  trainStep(step: TrainStep): Promise<TrainStepResult> {
    return this.call('trainStep', step);
  }

  save(handle: Handle, folder: string, { optimizer = false } = {}): Promise<void> {
    return this.call('save', { handle, folder, optimizer });
  }

  /** Draws one completion token by token: what `sample` draws for a request of this one row. */
  async *stream(
    handle: Handle,
    row: { readonly prompt: ArrayLike<number>; readonly path: string; readonly seed: number },
    sampling: SamplingSettings,
    limits: ModelLimits,
  ): AsyncGenerator<{ readonly token: number; readonly logprob: number }> {
    const { prompt, path, seed } = row;
    const request = { prompts: [prompt], rows: [{ prompt: 0, path }], seed, sampling };
    const [planned] = planRollouts(request, limits, this.settings.shapes);
    await this.call('openStream', { handle, unit: planned!.unit });
    for (let round = 0; round < planned!.unit.rounds; round++) {
      const drawn = await this.call('drawToken', { round });
      yield drawn;
      if (sampling.stopIds.includes(drawn.token)) return;
    }
  }

  private call<K extends OpName>(op: K, args: OpArgs<K>): Promise<OpResult<K>> {
    this.signal?.throwIfAborted();
    return this.thread.call(op, args);
  }
}

function completionOf(
  { rounds, tokens, logprobs, lengths }: RolloutResult,
  row: number,
  tokensMax: number,
  stopIds: readonly number[],
): Completion {
  const begin = row * rounds;
  const end = begin + Math.min(lengths[row]!, tokensMax);
  const own = tokens.slice(begin, end);
  return { tokens: own, logprobs: logprobs.slice(begin, end), stopped: stopIds.includes(own.at(-1)!) };
}
