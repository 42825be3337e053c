/**
 * A rollout: the rows of a unit, drawn together from their prompts to their ends. It lives in the worker between calls,
 * so that its cache never leaves the thread. Prompts are read in chunks, each prompt once for all of its rows.
 *
 * A cache has what stands and a block behind it (libs/model/src/incremental.ts). When the block is full, it joins what
 * stands, and rows that have ended leave. A row's block is full after the same tokens whatever calls draw them, so a
 * stream draws what a batch draws.
 */
import { Random, UserError } from '@soar/core';
import { cacheNames } from '@soar/model';
import { rolloutBytes } from '../memory.js';
import type { RolloutPiece } from '../protocol.js';
import type { RolloutUnit, SamplingSettings } from '../rollout-units.js';
import type { WorkSettings } from '../settings.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { booleans, float32, floatsOf, int64, run, scalar, type Feeds, type Tensor } from './tensors.js';

/** Keys and values of every layer, in the order of cacheNames. */
type Cache = readonly Tensor[];

export class Rollout {
  /** For each row of the batch its row in the unit; what fills the batch up repeats the first. */
  private batch: readonly number[];
  /** For each row of the unit how many tokens it has drawn, and whether it has ended. */
  private readonly drawn: number[];
  private readonly ended: boolean[];
  private readonly random: readonly Random[];
  /** The last token of each row of the batch, which the next round reads. */
  private tokens = new BigInt64Array();
  /** Tokens that have been drawn and read; all rows that have not ended are equally far. */
  private read = 0;
  private past: Cache = [];
  private block: Cache = [];

  constructor(
    private readonly policy: Policy,
    private readonly unit: RolloutUnit,
    private readonly sessions: Sessions,
    private readonly settings: WorkSettings,
  ) {
    const rows = unit.paths.map((_, row) => row);
    this.batch = this.filledUp(rows);
    this.drawn = rows.map(() => 0);
    this.ended = rows.map(() => false);
    const root = Random.of(unit.seed);
    this.random = unit.paths.map((path) => root.at(...path.split('/')));
    const { promptTime, tokensMax, promptLengths } = unit;
    const size = {
      prompts: promptLengths.length,
      promptTime,
      promptChunk: settings.shapes.promptChunk,
      rows: this.batch.length,
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
    if (this.block[0]!.dims[2] === blockTokens) await this.settle();
    const open = this.batch.filter((row) => !this.ended[row]);
    const left = Math.max(...open.map((row) => this.unit.tokensMax[row]! - this.drawn[row]!));
    return this.drawRounds(Math.min(roundsMax, left, blockTokens - (this.read % blockTokens)));
  }

  private async readPrompts(): Promise<RolloutPiece> {
    const { unit, batch } = this;
    const { promptChunk } = this.settings.shapes;
    const prompts = unit.promptLengths.length;
    const each = Array.from({ length: prompts }, (_, q) => q);
    let past = this.emptyCache(prompts);
    let begin = 0;
    for (; unit.promptTime - begin > promptChunk; begin += promptChunk) {
      const uniforms = new Float32Array(prompts);
      past = this.cacheIn(
        await this.readChunk(past, { begin, end: begin + promptChunk, rows: each, uniforms }),
      );
    }
    const rows = batch.map((row) => unit.rowPrompt[row]!);
    const outputs = await this.readChunk(past, {
      begin,
      end: unit.promptTime,
      rows,
      uniforms: this.uniforms(0, 1),
    });
    this.past = this.cacheIn(outputs);
    this.block = this.emptyCache(batch.length);
    return this.take(outputs['tokens']!, outputs['logprobs']!, 1);
  }

  /** Reads tokens `begin` to `end` of the prompts, and draws for `rows`, which are given by their prompts. */
  private readChunk(
    past: Cache,
    {
      begin,
      end,
      rows,
      uniforms,
    }: {
      readonly begin: number;
      readonly end: number;
      readonly rows: readonly number[];
      readonly uniforms: Float32Array;
    },
  ): Promise<Feeds> {
    const { promptIds, promptLengths, promptTime } = this.unit;
    const prompts = promptLengths.length;
    const ids = new BigInt64Array(prompts * (end - begin));
    for (let q = 0; q < prompts; q++) {
      const own = promptIds.subarray(q * promptTime, (q + 1) * promptTime);
      ids.set(own.subarray(begin, end), q * (end - begin));
    }
    const places = BigInt64Array.from({ length: end }, (_, t) => BigInt(t));
    return this.run('prompt', ['tokens', 'logprobs'], {
      prompt_ids: int64(ids, [prompts, end - begin]),
      prompt_lengths: int64(promptLengths, [prompts]),
      positions: int64(places.slice(begin), [end - begin]),
      places: int64(places, [end]),
      row_prompt: int64(BigInt64Array.from(rows, BigInt), [rows.length]),
      uniforms: float32(uniforms, [rows.length]),
      ...this.feedsOf('past', past),
    });
  }

  private async drawRounds(rounds: number): Promise<RolloutPiece> {
    const { unit, batch, read } = this;
    const rows = batch.length;
    const outputs = await this.run('draw', ['drawn_tokens', 'drawn_logprobs'], {
      tokens: int64(this.tokens, [rows]),
      positions: int64(
        BigInt64Array.from(batch, (row) => BigInt(this.promptLength(row) + read)),
        [rows],
      ),
      places: int64(this.places(), [rows, 1, 1, unit.promptTime + read]),
      open: booleans(
        batch.map((_, i) => this.isOpen(i)),
        [rows],
      ),
      uniforms: float32(this.uniforms(read + 1, rounds), [rounds, rows]),
      stop_ids: int64(stopIds(unit.sampling), [Math.max(1, unit.sampling.stopIds.length)]),
      ...this.cacheFeeds(),
    });
    this.block = this.cacheIn(outputs);
    const drawnRounds = outputs['drawn_tokens']!.dims[0]!;
    this.read += drawnRounds;
    return this.take(outputs['drawn_tokens']!, outputs['drawn_logprobs']!, drawnRounds);
  }

  /** Joins the cache, without the rows that have ended where fewer rows are then computed. */
  private async settle(): Promise<void> {
    const { batch, policy, sessions } = this;
    const kept = this.filledUp(batch.map((_, i) => i).filter((i) => this.isOpen(i)));
    const leaving = kept.length < batch.length;
    const rows = int64(BigInt64Array.from(kept, BigInt), [kept.length]);
    const outputs = await run(
      await sessions.get({ graph: 'settle', leaving }, policy.parameters),
      { ...(leaving && { rows }), ...this.cacheFeeds() },
      fetches(cacheNames(policy.config)),
    );
    this.past = this.cacheIn(outputs);
    if (leaving) {
      this.tokens = BigInt64Array.from(kept, (i) => this.tokens[i]!);
      this.batch = kept.map((i) => batch[i]!);
    }
    this.block = this.emptyCache(kept.length);
  }

  /** Takes what was drawn in `rounds` rounds, [rounds, batch] each, as far as it is meant. */
  private take(drawn: Tensor, given: Tensor, rounds: number): RolloutPiece {
    const { batch, unit, ended } = this;
    const tokens = drawn.data as BigInt64Array;
    const logprobs = floatsOf(given);
    const stops = new Set(unit.sampling.stopIds.map(BigInt));
    const piece = {
      rounds,
      tokens: new Int32Array(ended.length * rounds),
      logprobs: new Float32Array(ended.length * rounds),
      lengths: new Int32Array(ended.length),
    };
    batch.forEach((row, i) => {
      if (!this.isOpen(i)) return;
      for (let t = 0; t < rounds && !ended[row]; t++) {
        const at = t * batch.length + i;
        requireNumber(logprobs[at]!);
        piece.tokens[row * rounds + t] = Number(tokens[at]);
        piece.logprobs[row * rounds + t] = logprobs[at]!;
        piece.lengths[row]!++;
        this.drawn[row]!++;
        ended[row] = stops.has(tokens[at]!) || this.drawn[row]! >= unit.tokensMax[row]!;
      }
    });
    this.tokens = tokens.slice((rounds - 1) * batch.length);
    return { ...piece, done: ended.every(Boolean) };
  }

  /** Whether row i of the batch has not ended and is no copy. */
  private isOpen(i: number): boolean {
    const row = this.batch[i]!;
    return !this.ended[row] && this.batch.indexOf(row) === i;
  }

  /** [rounds, batch] uniform numbers from the `first` token of the unit on; none are needed to decode greedily. */
  private uniforms(first: number, rounds: number): Float32Array {
    const { batch, unit, random } = this;
    const uniforms = new Float32Array(rounds * batch.length);
    if (unit.sampling.temperature === 0) return uniforms;
    for (let t = 0; t < rounds; t++) {
      batch.forEach((row, i) => {
        uniforms[t * batch.length + i] = random[row]!.uniform(unit.drawn[row]! + first + t);
      });
    }
    return uniforms;
  }

  /** [batch, 1, 1, time]: the position of every token in the cache, -1 for padding. */
  private places(): BigInt64Array {
    const { unit, batch } = this;
    const time = unit.promptTime + this.read;
    const places = new BigInt64Array(batch.length * time).fill(-1n);
    batch.forEach((row, i) => {
      const length = this.promptLength(row);
      for (let t = 0; t < length; t++) places[i * time + t] = BigInt(t);
      for (let t = 0; t < this.read; t++) places[i * time + unit.promptTime + t] = BigInt(length + t);
    });
    return places;
  }

  private promptLength(row: number): number {
    return Number(this.unit.promptLengths[this.unit.rowPrompt[row]!]);
  }

  /** `rows` and copies of the first up to the next size of a batch. */
  private filledUp(rows: readonly number[]): number[] {
    const size = this.settings.shapes.rolloutRows.find((count) => count >= rows.length)!;
    return Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
  }

  private emptyCache(rows: number): Cache {
    const { kvHeads, headDim } = this.policy.config;
    const empty = float32(new Float32Array(), [rows, kvHeads, 0, headDim]);
    return cacheNames(this.policy.config).map(() => empty);
  }

  private cacheIn(outputs: Feeds): Cache {
    return cacheNames(this.policy.config).map((name) => outputs[name]!);
  }

  private cacheFeeds(): Feeds {
    return { ...this.feedsOf('past', this.past), ...this.feedsOf('block', this.block) };
  }

  private feedsOf(part: 'past' | 'block', cache: Cache): Feeds {
    const names = cacheNames(this.policy.config);
    return Object.fromEntries(names.map((name, i) => [`${part}.${name}`, cache[i]!]));
  }

  /** Runs a graph of the model: its weights and how tokens are drawn, beside `feeds`. The cache comes back too. */
  private async run(graph: 'prompt' | 'draw', wanted: readonly string[], feeds: Feeds): Promise<Feeds> {
    const { policy, sessions, unit } = this;
    const truncated = isTruncated(unit.sampling);
    return run(
      await sessions.get({ graph, truncated }, policy.parameters),
      { ...(await weightFeeds(policy.parameters, sessions)), ...samplingFeeds(unit.sampling), ...feeds },
      fetches([...wanted, ...cacheNames(policy.config)]),
    );
  }
}

function fetches(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Whether the graph with top-k and top-p is needed; the other is faster. */
function isTruncated({ topK, topP, temperature }: SamplingSettings): boolean {
  return temperature > 0 && (topK > 0 || (topP > 0 && topP < 1));
}

function samplingFeeds(sampling: SamplingSettings): Feeds {
  const { temperature, topK, topP } = sampling;
  if (!isTruncated(sampling)) return { temperature: scalar(temperature) };
  return {
    temperature: scalar(temperature),
    top_k: int64(BigInt64Array.of(BigInt(topK)), []),
    top_p: scalar(topP === 0 ? 1 : topP),
  };
}

/** Never an empty list, which not every kernel takes; -1 is no token. */
function stopIds({ stopIds }: SamplingSettings): BigInt64Array {
  return BigInt64Array.from(stopIds.length === 0 ? [-1n] : stopIds.map(BigInt));
}

function requireNumber(logprob: number): void {
  if (Number.isFinite(logprob)) return;
  throw new UserError(
    `sampling: a log-probability is ${logprob}: the model's weights give no finite logits. ` +
      'Lower the learning rate, or use another checkpoint',
    'NOT_FINITE',
  );
}
