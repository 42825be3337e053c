/** Starts a session for every kind of graph on the device, with all that ONNX Runtime says of it (placement.ts). */
import { writeSync } from 'node:fs';
import {
  drawGraph,
  embedGraph,
  inHalfPrecision,
  prepareGraph,
  promptGraph,
  scoreGraph,
  settleGraph,
  type DecoderConfig,
} from '@soar/model';
import { encodeModel, type Graph } from '@soar/onnx';
import { gradientGraph, parameterGradientGraph, updateGraph } from '@soar/training';
import { InferenceSession } from '../onnx-runtime.js';
import { DeviceMemory } from './device-memory.js';
import { GRAPH_MARK } from './placement.js';
import { TRIAL_MODEL } from './trial.js';

function graphsOf(config: DecoderConfig): Readonly<Record<string, Graph>> {
  const loss = { clip: true, kl: 'k3', accumulate: true } as const;
  const batch = { leaving: false, shared: true, once: true };
  return {
    score: scoreGraph(config, { chunked: false }),
    'score in chunks': scoreGraph(config, { chunked: true, chunks: 2 }),
    embed: embedGraph(config),
    gradient: gradientGraph(config, { ...loss, chunked: false, recompute: false, chunks: 0 }),
    'gradient in chunks': gradientGraph(config, { ...loss, chunked: true, recompute: true, chunks: 2 }),
    squares: parameterGradientGraph(config, 0, 'squares'),
    update: updateGraph(config, 0),
    prepare: prepareGraph(config, 0),
    prompt: promptGraph(config, { truncated: false }),
    draw: drawGraph(config, { ...batch, truncated: false }),
    'draw with top-k': drawGraph(config, { ...batch, truncated: true }),
    settle: settleGraph(config, { leaving: true }),
    'gradient in f16': inHalfPrecision(
      gradientGraph(config, { ...loss, chunked: true, recompute: false, chunks: 2 }),
    ),
    'draw in f16': inHalfPrecision(drawGraph(config, { ...batch, truncated: false })),
  };
}

const memory = new DeviceMemory();
for (const [name, graph] of Object.entries(graphsOf(TRIAL_MODEL))) {
  writeSync(2, `\n${GRAPH_MARK}${name}\n`);
  const options = memory.sessionOptions(graph.outputs.map((output) => output.name));
  const bytes = encodeModel(graph, new Map(), memory.target);
  await (await InferenceSession.create(bytes, { ...options, logSeverityLevel: 0 })).release();
}
