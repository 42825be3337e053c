/**
 * The cache of a batch of rows: what stands, and a block behind it (libs/model/src/incremental.ts). When the block is
 * full, it joins what stands.
 *
 * Rows of the batch may be some of those that are held, in another order. They are picked out in a run of their own, so
 * that later rounds copy a block and not the whole; out of a small cache where it is drawn from. Both that and joining
 * go a layer at a time, and what a layer had is given back before the next has its own: a cache that is not small never
 * stands twice.
 */
import { cacheNames, type DecoderConfig } from '@soar/model';
import type { Policy } from './policies.js';
import type { GraphKind, Sessions } from './sessions.js';
import { fetches, float16, float32, indices, run, type Feeds, type Tensor } from './tensors.js';

/** Keys and values of every layer, in the order of cacheNames: [rows, K, time, D] each. */
type Cache = readonly Tensor[];

/** Up to this, what a cache takes beside itself is little, and runs and work to save it would cost time. */
const SMALL_BYTES = 2 ** 22;

export class BatchCache {
  private past: Cache = [];
  private block: Cache = [];
  /** For each row of the batch where it stands in `past` and in `block`. */
  private inPast: readonly number[] = [];
  private inBlock: readonly number[] = [];

  constructor(
    private readonly policy: Policy,
    private readonly sessions: Sessions,
  ) {}

  /** Begins with `prompts` of which nothing has been read. */
  begin(prompts: number): void {
    this.past = this.empty(prompts);
  }

  /** What stands, as inputs. */
  get pastFeeds(): Feeds {
    return cacheFeeds(this.config, 'past', this.past);
  }

  /** What stands in place of what stood, from the outputs of a run. */
  takePast(outputs: Feeds): void {
    this.giveBack(this.past);
    this.past = cacheIn(this.config, outputs);
  }

  /** An empty block of `rows`, which stand at `inPast`. */
  beginBlock(rows: number, inPast = rowsUpTo(rows)): void {
    this.block = this.empty(rows);
    this.inPast = inPast;
    this.inBlock = rowsUpTo(rows);
  }

  /** Both parts as inputs, and where rows are leaving the rows of both that go on. */
  get feeds(): Feeds {
    return { ...this.pastFeeds, ...cacheFeeds(this.config, 'block', this.block), ...this.rowFeeds };
  }

  /** The block in place of the one that was, from the outputs of a run with `rows`. */
  takeBlock(outputs: Feeds, rows: number): void {
    this.giveBack(this.block);
    this.block = cacheIn(this.config, outputs);
    this.inBlock = rowsUpTo(rows);
  }

  /** The batch is from now on these of its rows. */
  regroup(rows: readonly number[]): void {
    const { inPast, inBlock } = this;
    this.inPast = rows.map((row) => inPast[row]!);
    this.inBlock = rows.map((row) => inBlock[row]!);
  }

  /** Joins the cache of the rows of the batch. */
  async settle(): Promise<void> {
    const rows = this.inPast.length;
    const layers = await this.overLayers({ graph: 'settle', leaving: this.leaving });
    this.past = layers.flatMap((outputs) => cacheIn(ONE_LAYER, outputs));
    this.beginBlock(rows);
  }

  /** Leaves the rows of the batch alone in the cache, where that is worth a run. */
  async pick(): Promise<void> {
    const { target } = this.sessions.memory;
    if (!this.leaving || (target === 'host' && isSmall(this.past))) return;
    const rows = this.inPast.length;
    const layers = await this.overLayers({ graph: 'pick' });
    const part = (name: 'past' | 'block'): Cache =>
      layers.flatMap((outputs) => cacheIn(ONE_LAYER, outputs, `picked.${name}.`));
    this.past = part('past');
    this.block = part('block');
    this.inPast = rowsUpTo(rows);
    this.inBlock = this.inPast;
  }

  /** Keeps nothing. */
  clear(): void {
    for (const cache of [this.past, this.block]) this.giveBack(cache);
    this.past = [];
    this.block = [];
  }

  /** Whether the batch is not the rows that are held, one for one. */
  get leaving(): boolean {
    const other = (rows: readonly number[], held: Tensor): boolean =>
      rows.length !== held.dims[0] || rows.some((row, i) => row !== i);
    return other(this.inPast, this.past[0]!) || other(this.inBlock, this.block[0]!);
  }

  /** Tokens that stand. */
  get pastTokens(): number {
    return this.past[0]!.dims[2]!;
  }

  /** Tokens in the block. */
  get blockTokens(): number {
    return this.block[0]!.dims[2]!;
  }

  get tensors(): readonly Tensor[] {
    return [...this.past, ...this.block];
  }

  private get config(): DecoderConfig {
    return this.policy.config;
  }

  private get rowFeeds(): Feeds {
    return this.leaving ? { past_rows: indices(this.inPast), block_rows: indices(this.inBlock) } : {};
  }

  private empty(rows: number): Cache {
    const { kvHeads, headDim } = this.config;
    const shape = [rows, kvHeads, 0, headDim];
    const { halves } = this.sessions.memory;
    const empty = halves ? float16(new Uint16Array(), shape) : float32(new Float32Array(), shape);
    return cacheNames(this.config).map(() => empty);
  }

  /** Runs a graph of one layer's cache for each, with the rows that go on, and gives the outputs of each. */
  private async overLayers(kind: GraphKind): Promise<Feeds[]> {
    const { policy, sessions, past, block, rowFeeds } = this;
    const session = await sessions.get(kind, policy.parameters);
    const wanted = fetches(session.outputNames);
    const layers: Feeds[] = [];
    for (let at = 0; at < past.length; at += 2) {
      const [ofPast, ofBlock] = [past.slice(at, at + 2), block.slice(at, at + 2)];
      const feeds = {
        ...cacheFeeds(ONE_LAYER, 'past', ofPast),
        ...cacheFeeds(ONE_LAYER, 'block', ofBlock),
        ...rowFeeds,
      };
      layers.push(await run(session, feeds, wanted));
      this.giveBack([...ofPast, ...ofBlock]);
    }
    return layers;
  }

  /**
   * Gives a cache back at once: a collection would come when several stand beside each other. A small one of the host
   * is left to it.
   */
  private giveBack(cache: Cache): void {
    const { memory } = this.sessions;
    if (memory.inPlace && isSmall(cache)) return;
    // One without tokens is one tensor for all layers, and of the host.
    memory.release(cache.filter(({ dims }) => dims[2] !== 0));
  }
}

const ONE_LAYER = { layers: 1 };

/** The cache among the outputs of a run, whose names begin with `prefix`. */
function cacheIn(config: Pick<DecoderConfig, 'layers'>, outputs: Feeds, prefix = ''): Cache {
  return cacheNames(config).map((name) => outputs[prefix + name]!);
}

/** A cache as the inputs <part>.key.<i> and <part>.value.<i> of a graph. */
function cacheFeeds(config: Pick<DecoderConfig, 'layers'>, part: 'past' | 'block', cache: Cache): Feeds {
  return Object.fromEntries(cacheNames(config).map((name, i) => [`${part}.${name}`, cache[i]!]));
}

function isSmall(cache: Cache): boolean {
  return cache.reduce((bytes, { size }) => bytes + 4 * size, 0) <= SMALL_BYTES;
}

function rowsUpTo(count: number): number[] {
  return [...Array(count).keys()];
}
