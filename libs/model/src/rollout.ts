/**
 * Rollouts as three graphs. `prompt` reads a chunk of the prompts and draws the token behind it, which counts after the
 * last chunk: each row's first. `draw` reads the tokens that were drawn last and draws the next, in a loop inside ONNX
 * Runtime. `settle` joins the parts of the cache for the rows that go on. Nothing is read twice: what one run gives is
 * fed to the next as it is.
 *
 * Each distinct prompt is read once; its samples start from its cache. Tokens are drawn by inverse CDF from one
 * uniform number a token, so a row's tokens depend on its own numbers alone, whatever else is in the batch.
 *
 * Log-probabilities are those after temperature and before top-k and top-p, equal to the score graph's up to rounding.
 *
 * Shapes: distinct prompts Q, rows B, rounds T, stop tokens S, kept rows R; parts of the cache
 * `past` and `block` (incremental.ts).
 */
import {
  add,
  and,
  cast,
  concat,
  equal,
  gather,
  Graph,
  iota,
  less,
  loop,
  not,
  reduceMax,
  reduceSum,
  reshape,
  unsqueeze,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { logits } from './decoder.js';
import {
  cacheNames,
  cacheOf,
  cacheTensors,
  declareCache,
  readTokens,
  type LayerCache,
} from './incremental.js';
import { declareChunk, readChunk } from './prefill.js';
import { hasWindow } from './masks.js';
import { layerAngles, mapAngles } from './rotary.js';
import { declareSampling, drawTokens, isNoneOf } from './sampling.js';
import { declareWeights } from './prepare.js';

/**
 * Reads a chunk of prompts. Inputs: weights; the chunk (declareChunk); row_prompt [B], the prompt each row continues,
 * at least two rows where what they draw counts; uniforms [B]; temperature, and top_k and top_p where `truncated`.
 * Outputs: tokens and logprobs [B], which follow the prompts that end in the chunk; the cache of the prompts: key.<i>
 * and value.<i> [Q, K, past + c, D].
 */
export function promptGraph(config: DecoderConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('prompt');
  const weights = declareWeights(graph, config);
  const chunk = declareChunk(graph, config);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const uniforms = graph.input('uniforms', 'float32', ['batch']);
  const sampling = declareSampling(graph, truncated);
  const read = readChunk(config, weights, chunk);
  // Drawn from logits of every row, not of every prompt: a product with one row takes another kernel.
  const drawn = drawTokens(logits(config, weights, gather(read.hidden, rowPrompt)), uniforms, sampling);
  graph.output('tokens', drawn.tokens);
  graph.output('logprobs', drawn.logprobs);
  outputCache(graph, config, cacheTensors(read.cache));
  return graph;
}

/** How a draw is cut. */
export interface DrawOptions {
  readonly truncated: boolean;
  /** Whether the batch is picked out of a cache of other rows. */
  readonly leaving: boolean;
  /** Whether samples share rows. */
  readonly shared: boolean;
  /** One round, without a loop, which devices leave to the CPU with all that it carries. Then leave_at is no input. */
  readonly once?: boolean;
}

/**
 * Draws tokens, T at most, while more than leave_at [T] samples are open: fewer go on in a smaller batch. Inputs:
 * weights; tokens [B], drawn and not read yet; positions [B], where they stand; past_places [B, 1, 1, past], the
 * position of every token that stands, -1 for padding, and where layers have windows block_places [B, 1, 1, block]; the
 * cache, as past.key.<i>, past.value.<i> [B, K, past, D] and block.key.<i>, block.value.<i> [B, K, block, D]; open [R],
 * whether to wait for the sample; uniforms [T, R]; stop_ids [S]; the sampling inputs. Where rows are `leaving`,
 * past_rows and block_rows [B] say where the others stand in both parts of the cache. Outputs: drawn_tokens and
 * drawn_logprobs [rounds, R]; the block with what was read, key.<i> and value.<i> [B, K, block + rounds, D]. What
 * stands behind a sample's stop token is not meant.
 *
 * A sample is a row, R = B. Where they are `shared`, samples that have drawn the same so far are one row: sample_row
 * [R] is the row of each, row_sample [B] one sample of each row, and rounds end when samples of a row part, too.
 */
export function drawGraph(
  config: DecoderConfig,
  { truncated, leaving, shared, once = false }: DrawOptions,
): Graph {
  const graph = new Graph('draw');
  const weights = declareWeights(graph, config);
  const samples = shared ? 'samples' : 'batch';
  const tokens = graph.input('tokens', 'int64', ['batch']);
  const positions = graph.input('positions', 'int64', ['batch']);
  const placesOf = (part: string): Tensor => graph.input(`${part}_places`, 'int64', ['batch', 1, 1, part]);
  const pastPlaces = placesOf('past');
  const blockPlaces = hasWindow(config) ? [placesOf('block')] : [];
  const { past, block } = keptCache(graph, config, leaving);
  const open = graph.input('open', 'bool', [samples]);
  const leaveAt = graph.input('leave_at', 'int64', ['rounds']);
  const uniforms = graph.input('uniforms', 'float32', ['rounds', samples]);
  const stopIds = graph.input('stop_ids', 'int64', ['stops']);
  const sampling = declareSampling(graph, truncated);
  const sharing = shared ? declareSharing(graph) : undefined;
  const rounds = reduceMax(add(iota(uniforms, 'rounds'), 1), [0]);
  // Of all rounds at once. [rounds, B, 1, half]
  const reached = add(unsqueeze(iota(uniforms, 'rounds'), 1), unsqueeze(positions, 0)); // [rounds, B]
  const allAngles = mapAngles(
    layerAngles(config, reached, () => add(reached, 1)),
    (x) => reshape(x, ['rounds', 'batch', 1, x.shape.at(-1)!]),
  );
  const grown = ['batch', config.kvHeads, 'grown', config.headDim];
  const draw = (round: Tensor, [last, waiting, ...carried]: readonly Tensor[]): DrawnRound => {
    const at = gather(reached, round); // [B]
    const [seen] = carried.slice(0, blockPlaces.length);
    const places = seen && concat([seen, reshape(at, ['batch', 1, 1, 1])], 3);
    const read = readTokens(config, weights, {
      tokens: last!,
      positions: at,
      angles: mapAngles(allAngles, (x) => gather(x, round)),
      pastPlaces,
      blockPlaces: places,
      past,
      block: cacheOf(config, carried.slice(blockPlaces.length)),
    });
    const ofRows = logits(config, weights, read.hidden);
    const ofSamples = sharing === undefined ? ofRows : gather(ofRows, sharing.sampleRow);
    const drawn = drawTokens(ofSamples, gather(uniforms, round), sampling);
    const goOn = and(waiting!, isNoneOf(stopIds, drawn.tokens));
    const enough = less(gather(leaveAt, round), countOf(goOn));
    const next = sharing === undefined ? drawn.tokens : gather(drawn.tokens, sharing.rowSample);
    const parting = sharing && countOf(and(goOn, not(equal(drawn.tokens, gather(next, sharing.sampleRow)))));
    return {
      goOn: parting === undefined ? enough : and(enough, equal(parting, 0)),
      carried: [next, goOn, ...(places ? [places] : []), ...cacheTensors(read.block)],
      scans: [drawn.tokens, drawn.logprobs],
    };
  };
  const initial = [tokens, open, ...blockPlaces, ...cacheTensors(block)];
  const result = once
    ? drawOnce(draw(graph.constant('int64', [], [0]), initial))
    : loop('round', rounds, initial, draw, {
        carriedShapes: [
          undefined,
          undefined,
          ...blockPlaces.map(() => ['batch', 1, 1, 'grown']),
          ...cacheNames(config).map(() => grown),
        ],
        scanDim: 'drawn',
      });
  graph.output('drawn_tokens', result.scans[0]!);
  graph.output('drawn_logprobs', result.scans[1]!);
  outputCache(graph, config, result.carried.slice(2 + blockPlaces.length));
  return graph;
}

interface DrawnRound {
  readonly goOn: Tensor;
  readonly carried: readonly Tensor[];
  readonly scans: readonly Tensor[];
}

/** One round as a loop of one would give it. */
function drawOnce({ carried, scans }: DrawnRound): Omit<DrawnRound, 'goOn'> {
  return { carried, scans: scans.map((tensor) => unsqueeze(tensor, 0)) };
}

function declareSharing(graph: Graph): { readonly sampleRow: Tensor; readonly rowSample: Tensor } {
  return {
    sampleRow: graph.input('sample_row', 'int64', ['samples']),
    rowSample: graph.input('row_sample', 'int64', ['batch']),
  };
}

/** A graph of one layer's cache: so small that the whole cache never stands twice while it runs over all layers. */
function oneLayer(config: DecoderConfig): DecoderConfig {
  return { ...config, layers: 1 };
}

/**
 * Joins the parts of a layer's cache. Inputs: past.key.0, past.value.0, block.key.0, block.value.0 as in `drawGraph`;
 * where rows are `leaving`, of other rows, with past_rows and block_rows [B], which say where those that go on stand.
 * Outputs: key.0 and value.0 [B, K, past + block, D].
 */
export function settleGraph(model: DecoderConfig, { leaving }: { readonly leaving: boolean }): Graph {
  const config = oneLayer(model);
  const graph = new Graph('settle');
  const { past, block } = keptCache(graph, config, leaving);
  const behind = cacheTensors(block);
  const joined = cacheTensors(past).map((tensor, i) => concat([tensor, behind[i]!], 2));
  outputCache(graph, config, joined);
  return graph;
}

/**
 * Picks the rows that go on out of both parts of a layer's cache. Inputs: those of `settleGraph` where rows are
 * leaving. Outputs: picked.past.key.0 and so on.
 */
export function pickGraph(model: DecoderConfig): Graph {
  const config = oneLayer(model);
  const graph = new Graph('pick');
  const { past, block } = keptCache(graph, config, true);
  for (const [part, cache] of Object.entries({ past, block })) {
    const tensors = cacheTensors(cache);
    cacheNames(config).forEach((name, i) => graph.output(`picked.${part}.${name}`, tensors[i]!));
  }
  return graph;
}

/** Declares both parts of the cache: those of the rows that stay. */
function keptCache(
  graph: Graph,
  config: DecoderConfig,
  leaving: boolean,
): { readonly past: LayerCache[]; readonly block: LayerCache[] } {
  const part = (name: 'past' | 'block'): LayerCache[] => {
    if (!leaving) return declareCache(graph, config, { prefix: name, rows: 'batch', time: name });
    const held = declareCache(graph, config, { prefix: name, rows: `${name} rows`, time: name });
    const rows = graph.input(`${name}_rows`, 'int64', ['batch']);
    return cacheOf(
      config,
      cacheTensors(held).map((tensor) => gather(tensor, rows)),
    );
  };
  return { past: part('past'), block: part('block') };
}

function outputCache(graph: Graph, config: DecoderConfig, tensors: readonly Tensor[]): void {
  cacheNames(config).forEach((name, i) => graph.output(name, tensors[i]!));
}

/** How many of a row of booleans hold. */
function countOf(flags: Tensor): Tensor {
  return reduceSum(cast(flags, 'int64'), [0]);
}
