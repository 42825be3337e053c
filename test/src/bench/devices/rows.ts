/** The rows of `npm run bench:devices`, what is known of each when it is over, and the table of them. */
import { formatBytes } from '@soar/core';
import { trainedSpecs, newAdapter, type DecoderConfig } from '@soar/model';
import { type RuntimeSettings } from '@soar/runtime';
import { roofOf, samplingCost, stepCost, type Cost, type Peaks } from './roof.js';

export const PROMPT_TOKENS = 32;
export const NEW_TOKENS = 64;
export const TRAIN_ROWS = 4;
export const TRAIN_TIME = 128;
/** Rows that the engine computes together at most (the last of its shapes). */
const BATCH_ROWS = 128;

/** What a row's process is given. */
export interface Asked {
  readonly folder: string;
  readonly settings: Partial<RuntimeSettings>;
  /** Samples; undefined: a training step. */
  readonly rows?: number;
  /** Of the adapter that is trained; 0: all weights, or none trained. */
  readonly rank: number;
  /** After so many ms the process is ended. */
  readonly ms: number;
}

export interface Measured {
  readonly seconds: readonly number[];
  readonly loadSeconds: number;
  readonly recompute: boolean;
  /** By the estimates that work is refused by. */
  readonly plannedBytes: number;
  /** Tensors on the device between runs of graphs, as the engine counts them (WebGPU alone; else 0). */
  readonly devicePeakBytes: number;
  readonly hostPeakBytes: number;
  /** Bytes over the bus, of one repetition (WebGPU alone; else 0). */
  readonly toDevice: number;
  readonly fromDevice: number;
}

/** Why there are no figures. */
export interface Failed {
  readonly message: string;
}

export interface Work {
  readonly name: string;
  readonly rows?: number;
  readonly rank: number;
}

export const WORKS: readonly Work[] = [
  { name: 'sampling, 32 rows', rows: 32, rank: 0 },
  { name: 'sampling, 256 rows', rows: 256, rank: 0 },
  { name: 'step, LoRA 16', rank: 16 },
  { name: 'step, all weights', rank: 0 },
];

export interface Row {
  readonly shape: string;
  readonly work: Work;
  readonly cost: Cost;
  readonly result: Measured | Failed;
}

/** The least that a work takes. `width`: bytes of a number in matrices and caches. */
export function costOf(config: DecoderConfig, { rows, rank }: Work, width: number): Cost {
  if (rows !== undefined) {
    const sampling = { rows, batchRows: BATCH_ROWS, promptTokens: PROMPT_TOKENS, newTokens: NEW_TOKENS };
    return samplingCost(config, sampling, width);
  }
  const step = { rows: TRAIN_ROWS, time: TRAIN_TIME };
  if (rank === 0) return stepCost(config, step, width);
  const adapter = newAdapter(config, { rank, alpha: 2 * rank, rslora: false, targets: [] }, 'adapter');
  const specs = trainedSpecs({ ...config, adapter });
  const trained = specs.reduce((all, { shape }) => all + shape.reduce((a, b) => a * b, 1), 0);
  return stepCost(config, { ...step, trained }, width);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const HEAD = ['model', 'work', 'time', 'tokens/s', 'planned', 'on device', 'host peak', 'bus, in + out'];
const ROOFS = ['of memory roof', 'of arithmetic roof', 'bound by'];

/** The rows as a table of markdown; a row that failed has its message. */
export function tableOf(rows: readonly Row[], peaks: Peaks): string {
  const head = [...HEAD, ...ROOFS];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((row) =>
      line(cellsOf(row, peaks).map((cell) => cell.replace(/\s+/g, ' ').replace(/\|/g, '/'))),
    ),
  ].join('\n');
}

function cellsOf({ shape, work, cost, result }: Row, peaks: Peaks): string[] {
  if ('message' in result) {
    return [shape, work.name, result.message, ...Array<string>(HEAD.length + ROOFS.length - 3).fill('')];
  }
  const seconds = median(result.seconds);
  const tokens = work.rows === undefined ? TRAIN_ROWS * TRAIN_TIME : work.rows * NEW_TOKENS;
  const roof = roofOf(cost, seconds, peaks);
  const share = (part: number | undefined): string =>
    part === undefined ? 'n/a' : `${(100 * part).toPrecision(2)} %`;
  const { plannedBytes, devicePeakBytes, hostPeakBytes, toDevice, fromDevice } = result;
  return [
    shape,
    work.name + (result.recompute ? ', layers computed again' : ''),
    `${seconds.toPrecision(3)} s (${result.seconds.length} times)`,
    tokens / seconds < 100 ? (tokens / seconds).toFixed(1) : String(Math.round(tokens / seconds)),
    formatBytes(plannedBytes),
    devicePeakBytes === 0 ? 'n/a' : formatBytes(devicePeakBytes),
    formatBytes(hostPeakBytes),
    toDevice === 0 ? 'n/a' : `${formatBytes(toDevice)} + ${formatBytes(fromDevice)}`,
    share(roof.memoryShare),
    share(roof.arithmeticShare),
    roof.bound ?? 'n/a',
  ];
}
