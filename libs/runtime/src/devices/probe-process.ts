/** Tries the provider that it is given, and prints what it found as JSON (probe.ts). */
import { messageOf, UserError } from '@soar/core';
import { prepareGraph } from '@soar/model';
import { encodeModel } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { PRECISIONS, PROVIDERS } from '../settings.js';
import { noProvider } from './faults.js';
import { requireHalf } from './half.js';
import { memoryOf } from './memory-of.js';
import type { ProbeAnswer } from './probe.js';
import { selfTest } from './self-test.js';
import { TRIAL_MODEL } from './trial.js';

const provider = PROVIDERS.find((known) => known === process.argv[2]) ?? 'cpu';
const precision = PRECISIONS.find((known) => known === process.argv[3]) ?? 'f32';

async function tried(): Promise<ProbeAnswer> {
  const memory = memoryOf(provider);
  const graph = prepareGraph(TRIAL_MODEL, 0);
  try {
    const options = memory.sessionOptions(graph.outputs.map(({ name }) => name));
    const bytes = encodeModel(graph, new Map(), memory.target);
    await (await InferenceSession.create(bytes, { ...options, logSeverityLevel: 3 })).release();
  } catch (error) {
    throw noProvider(provider, error);
  }
  if (precision === 'f16') await requireHalf(provider, memory);
  return process.argv[4] === 'self-test' ? { selfTest: await selfTest(provider) } : {};
}

async function answer(): Promise<ProbeAnswer> {
  try {
    return await tried();
  } catch (error) {
    const details = error instanceof UserError ? messageOf(error.cause) : String((error as Error).stack);
    return { problem: messageOf(error), details };
  }
}

process.stdout.write(JSON.stringify(await answer()));
