/**
 * A rollout: the rows of a unit, drawn together from their prompts to their ends. It lives in the worker between calls,
 * so that its cache never leaves the thread. Prompts are read in chunks, each prompt once for all of its rows.
 *
 * A row's block of the cache (batch-cache.ts) is full after the same tokens whatever calls draw them, so a stream draws
 * what a batch draws. Rows that have ended leave, then or earlier, where a smaller batch saves more than it takes to
 * pick the others out.
 *
 * Rows of the unit that have one prompt and have drawn the same tokens so far are one row of the batch: it would be
 * computed alike for each. They draw with random numbers of their own, and part where they draw different tokens. The
 * samples of a trained student, and of a teacher's prompt, have much in common.
 */
import { Random, UserError } from '@soar/core';
import { cacheNames, hasWindow } from '@soar/model';
import { rolloutBytes } from '../memory.js';
import type { RolloutPiece } from '../protocol.js';
import type { RolloutUnit } from '../rollout-units.js';
import type { WorkSettings } from '../settings.js';
import { BatchCache } from './batch-cache.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import { filledUp, regrouped, rowsToLeave } from './regrouped.js';
import { isTruncated, samplingFeeds, stopIds } from './sampling-feeds.js';
import type { Sessions } from './sessions.js';
import {
  booleans,
  fetches,
  float32,
  floatsOf,
  indices,
  int64,
  run,
  type Feeds,
  type Tensor,
} from './tensors.js';

/** What is drawn in one call. */
type DrawnPiece = Omit<RolloutPiece, 'done'>;

export class Rollout {
  /** For each sample its row in the unit; what fills up the next size repeats the first. */
  private samples: readonly number[];
  /** For each sample its row of the batch, and for each row of the batch one of its samples. */
  private rowOf: readonly number[];
  private sampleOf: readonly number[];
  /** For each row of the unit how many tokens it has drawn, and whether it has ended. */
  private readonly drawn: number[];
  private readonly ended: boolean[];
  private readonly random: readonly Random[];
  /** The last token of each sample, which the next round reads. */
  private tokens = new BigInt64Array();
  /** Tokens that have been drawn and read; all rows that have not ended are equally far. */
  private read = 0;
  private readonly cache: BatchCache;

  constructor(
    private readonly policy: Policy,
    private readonly unit: RolloutUnit,
    private readonly sessions: Sessions,
    private readonly settings: WorkSettings,
  ) {
    this.cache = new BatchCache(policy, sessions);
    const rows = unit.paths.map((_, row) => row);
    this.samples = filledUp(rows, this.sizeFor(rows.length));
    this.rowOf = [...this.samples.keys()];
    this.sampleOf = this.rowOf;
    this.drawn = rows.map(() => 0);
    this.ended = rows.map(() => false);
    const root = Random.of(unit.seed);
    this.random = unit.paths.map((path) => root.at(...path.split('/')));
    const { promptTime, tokensMax, promptLengths } = unit;
    const size = {
      prompts: promptLengths.length,
      promptTime,
      promptChunk: settings.shapes.promptChunk,
      blockTokens: settings.shapes.blockTokens,
      rows: this.samples.length,
      rounds: Math.max(...tokensMax),
    };
    const what = `sampling ${size.rows} rows of ${promptTime} + ${size.rounds} tokens`;
    settings.makeRoom(rolloutBytes(policy.config, size), what);
  }

  /**
   * Draws the first token of every row, or up to `roundsMax` more of those that have not ended. `ended`: rows that
   * have, by what their caller knows.
   */
  async draw(roundsMax = Infinity, ended: readonly number[] = []): Promise<RolloutPiece> {
    for (const row of ended) this.ended[row] = true;
    if (this.tokens.length === 0) return this.readPrompts();
    const { blockTokens } = this.settings.shapes;
    if (this.cache.blockTokens === blockTokens) {
      this.regroup();
      await this.cache.settle();
    }
    const open = this.samples.filter((row) => !this.ended[row]);
    const left = Math.max(...open.map((row) => this.unit.tokensMax[row]! - this.drawn[row]!));
    const rounds = Math.min(roundsMax, left, blockTokens - (this.read % blockTokens));
    const piece = this.emptyPiece(rounds);
    const end = this.read + rounds;
    while (this.read < end && !this.ended.every(Boolean)) {
      this.regroup();
      await this.drawRounds(piece, end - this.read);
    }
    return this.ending(piece);
  }

  /** What was drawn; after the last of it nothing is kept. */
  private ending(piece: DrawnPiece): RolloutPiece {
    const done = this.ended.every(Boolean);
    if (done) this.cache.clear();
    return { ...piece, done };
  }

  private async readPrompts(): Promise<RolloutPiece> {
    const { unit, samples } = this;
    const { promptChunk } = this.settings.shapes;
    const prompts = [...Array(unit.promptLengths.length).keys()];
    this.cache.begin(prompts.length);
    let begin = 0;
    for (; unit.promptTime - begin > promptChunk; begin += promptChunk) {
      const nothing = { rows: prompts, uniforms: new Float32Array(prompts.length) };
      await this.readChunk([begin, begin + promptChunk], nothing);
    }
    const rows = samples.map((row) => unit.rowPrompt[row]!);
    const last = { rows, uniforms: this.uniforms(0, 1) };
    const outputs = await this.readChunk([begin, unit.promptTime], last);
    this.cache.beginBlock(samples.length, prompts);
    this.rowOf = rows;
    const piece = this.emptyPiece(1);
    this.take(piece, outputs['tokens']!, outputs['logprobs']!);
    return this.ending(piece);
  }

  /** Reads tokens `begin` to `end` of the prompts, and draws for rows that are given by their prompts. */
  private async readChunk(
    [begin, end]: readonly [number, number],
    { rows, uniforms }: { readonly rows: readonly number[]; readonly uniforms: Float32Array },
  ): Promise<Feeds> {
    const { promptIds, promptLengths, promptTime } = this.unit;
    const prompts = promptLengths.length;
    const ids = new BigInt64Array(prompts * (end - begin));
    for (let q = 0; q < prompts; q++) {
      const own = promptIds.subarray(q * promptTime, (q + 1) * promptTime);
      ids.set(own.subarray(begin, end), q * (end - begin));
    }
    const places = [...Array(end).keys()];
    const outputs = await this.run('prompt', ['tokens', 'logprobs'], {
      prompt_ids: int64(ids, [prompts, end - begin]),
      prompt_lengths: int64(promptLengths, [prompts]),
      positions: indices(places.slice(begin)),
      places: indices(places),
      row_prompt: indices(rows),
      uniforms: float32(uniforms, [rows.length]),
      ...this.cache.pastFeeds,
    });
    this.cache.takePast(outputs);
    return outputs;
  }

  /** Draws up to `rounds` tokens a sample, fewer when the batch should change first. */
  private async drawRounds(piece: DrawnPiece, roundsMax: number): Promise<void> {
    const { unit, samples, rowOf, sampleOf, read, cache } = this;
    await cache.pick();
    const rounds = this.once ? 1 : roundsMax;
    const [count, rows] = [samples.length, sampleOf.length];
    const stands = cache.pastTokens;
    const outputs = await this.run('draw', ['drawn_tokens', 'drawn_logprobs'], {
      tokens: int64(
        BigInt64Array.from(sampleOf, (sample) => this.tokens[sample]!),
        [rows],
      ),
      positions: indices(sampleOf.map((sample) => this.promptLength(samples[sample]!) + read)),
      past_places: this.places(0, stands),
      ...(hasWindow(this.policy.config) && { block_places: this.places(stands, unit.promptTime + read) }),
      open: booleans(
        samples.map((_, i) => this.isOpen(i)),
        [count],
      ),
      uniforms: float32(this.uniforms(read + 1, rounds), [rounds, count]),
      stop_ids: int64(stopIds(unit.sampling), [Math.max(1, unit.sampling.stopIds.length)]),
      leave_at: int64(this.leaveAt(rounds), [rounds]),
      ...(this.shared && { sample_row: indices(rowOf), row_sample: indices(sampleOf) }),
      ...cache.feeds,
    });
    cache.takeBlock(outputs, rows);
    this.read += outputs['drawn_tokens']!.dims[0]!;
    this.take(piece, outputs['drawn_tokens']!, outputs['drawn_logprobs']!);
  }

  /** For each round how many open samples are few enough to go on in a smaller batch. */
  private leaveAt(rounds: number): BigInt64Array {
    const { length } = this.samples;
    const sizes = this.settings.shapes.rolloutRows.filter((size) => size < length);
    return BigInt64Array.from({ length: rounds }, (_, round) => {
      const left = rounds - round - 1;
      return BigInt(sizes.findLast((size) => (length - size) * left >= rowsToLeave(length)) ?? 0);
    });
  }

  /**
   * Takes samples that have ended out, and puts those together that have drawn the same so far, where that halves the
   * batch at least; parting takes time too. Samples that have a row each keep it.
   */
  private regroup(): void {
    const { samples, tokens, rowOf } = this;
    const open = [...samples.keys()].filter((i) => this.isOpen(i));
    const batch = regrouped(open, { tokens, rowOf }, (count) => this.sizeFor(count));
    if (batch === undefined) return;
    const { kept, heads } = batch;
    this.samples = kept.map((i) => samples[i]!);
    this.tokens = BigInt64Array.from(kept, (i) => tokens[i]!);
    this.rowOf = batch.rowOf;
    this.sampleOf = batch.sampleOf;
    this.cache.regroup(heads.map((i) => rowOf[i]!));
  }

  /** Whether every round is a run of its own. */
  private get once(): boolean {
    return this.sessions.memory.target === 'device';
  }

  /** Its cache. */
  get tensors(): readonly Tensor[] {
    return this.cache.tensors;
  }

  /** Whether samples share rows of the batch. */
  private get shared(): boolean {
    return this.sampleOf.length < this.samples.length;
  }

  private emptyPiece(rounds: number): DrawnPiece {
    const rows = this.ended.length;
    return {
      rounds,
      tokens: new Int32Array(rows * rounds),
      logprobs: new Float32Array(rows * rounds),
      lengths: new Int32Array(rows),
    };
  }

  /** Takes what was drawn, [rounds, samples] or [samples], as far as it is meant, behind what is in the piece. */
  private take(piece: DrawnPiece, drawn: Tensor, given: Tensor): void {
    const { samples, unit, ended } = this;
    const tokens = drawn.data as BigInt64Array;
    const logprobs = floatsOf(given);
    const stops = new Set(unit.sampling.stopIds.map(BigInt));
    const rounds = tokens.length / samples.length;
    samples.forEach((row, i) => {
      if (!this.isOpen(i)) return;
      for (let t = 0; t < rounds && !ended[row]; t++) {
        const from = t * samples.length + i;
        const to = row * piece.rounds + piece.lengths[row]!;
        requireNumber(logprobs[from]!);
        piece.tokens[to] = Number(tokens[from]);
        piece.logprobs[to] = logprobs[from]!;
        piece.lengths[row]!++;
        this.drawn[row]!++;
        ended[row] = stops.has(tokens[from]!) || this.drawn[row]! >= unit.tokensMax[row]!;
      }
    });
    this.tokens = tokens.slice((rounds - 1) * samples.length);
  }

  /** Whether sample i has not ended and is no copy. */
  private isOpen(i: number): boolean {
    const row = this.samples[i]!;
    return !this.ended[row] && this.samples.indexOf(row) === i;
  }

  /** [rounds, samples] uniform numbers from the `first` token of the unit on; none are needed to decode greedily. */
  private uniforms(first: number, rounds: number): Float32Array {
    const { samples, unit, random } = this;
    const uniforms = new Float32Array(rounds * samples.length);
    if (unit.sampling.temperature === 0) return uniforms;
    for (let t = 0; t < rounds; t++) {
      samples.forEach((row, i) => {
        uniforms[t * samples.length + i] = random[row]!.uniform(unit.drawn[row]! + first + t);
      });
    }
    return uniforms;
  }

  /** The positions of tokens `begin` to `end` of the cache, -1 for padding: [batch, 1, 1, end - begin]. */
  private places(begin: number, end: number): Tensor {
    const { unit, samples, sampleOf } = this;
    const time = end - begin;
    const places = new BigInt64Array(sampleOf.length * time).fill(-1n);
    sampleOf.forEach((sample, i) => {
      const length = this.promptLength(samples[sample]!);
      for (let t = begin; t < end; t++) {
        const drawn = t - unit.promptTime;
        const at = drawn < 0 ? (t < length ? t : -1) : length + drawn;
        places[i * time + t - begin] = BigInt(at);
      }
    });
    return int64(places, [sampleOf.length, 1, 1, time]);
  }

  private promptLength(row: number): number {
    return Number(this.unit.promptLengths[this.unit.rowPrompt[row]!]);
  }

  /** The next size of a batch. */
  private sizeFor(count: number): number {
    return this.settings.shapes.rolloutRows.find((size) => size >= count)!;
  }

  /** Runs a graph of the model: its weights and how tokens are drawn, beside `feeds`. The cache comes back too. */
  private async run(graph: 'prompt' | 'draw', wanted: readonly string[], feeds: Feeds): Promise<Feeds> {
    const { policy, sessions, unit } = this;
    const truncated = isTruncated(unit.sampling);
    const kind =
      graph === 'draw'
        ? {
            graph,
            truncated,
            leaving: this.cache.leaving,
            shared: this.shared,
            ...(this.once && { once: true }),
          }
        : { graph, truncated };
    return run(
      await sessions.get(kind, policy.parameters),
      { ...(await weightFeeds(policy.parameters, sessions)), ...samplingFeeds(unit.sampling), ...feeds },
      fetches([...wanted, ...cacheNames(policy.config)]),
    );
  }
}

function requireNumber(logprob: number): void {
  if (Number.isFinite(logprob)) return;
  throw new UserError(
    `sampling: a log-probability is ${logprob}: the model's weights give no finite logits. ` +
      'Lower the learning rate, or use another checkpoint',
    'NOT_FINITE',
  );
}
