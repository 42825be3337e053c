/**
 * The worker thread: answers one request after the other. `session.run` blocks this thread and no other. A request
 * that throws is answered with the error; the thread keeps running.
 */
import { invariant, messageOf, UserError } from '@soar/core';
import { attributes, shutdownTelemetry, spans, withCarrier, withSpan, type SpanName } from '@soar/telemetry';
import { parentPort, workerData } from 'node:worker_threads';
import { DEVICE_LOST } from '../devices/faults.js';
import { memoryOf } from '../devices/memory-of.js';
import { isOutOfMemory, outOfMemory } from '../out-of-memory.js';
import type { Answer, OpArgs, OpName, OpResult, Question, WireError } from '../protocol.js';
import { jobSettings, type JobSettings, type RuntimeSettings, type WorkSettings } from '../settings.js';
import { writeFrozen } from './frozen-weights.js';
import { embed, score } from './packed.js';
import { Policies } from './policies.js';
import { rankedScore } from './ranked-score.js';
import { Rollout } from './rollout.js';
import { Sessions } from './sessions.js';
import { trainStep } from './training.js';

/** The start parameters of a worker. */
export interface WorkerStart {
  readonly index: number;
  readonly settings: RuntimeSettings;
}

const { index, settings } = workerData as WorkerStart;
const sessions = new Sessions(settings.provider, memoryOf(settings.provider, settings.precision));
const policies = new Policies(sessions.memory, sessions);
let job = workSettings(jobSettings(settings));
let rollout: Rollout | undefined;
policies.usedElsewhere = () => rollout?.tensors ?? [];

function workSettings(of: JobSettings): WorkSettings {
  return { ...of, makeRoom: (bytes, what) => policies.makeRoom(bytes, what) };
}

type Ops = { [K in OpName]: (args: OpArgs<K>) => OpResult<K> | Promise<OpResult<K>> };

const ops: Ops = {
  load: (args) => policies.load(args),
  initialise: (args) => policies.initialise(args),
  clone: (args) => policies.clone(args),
  free: (args) => policies.free(args),
  loadOptimizer: (args) => policies.loadOptimizer(args),
  save: (args) => policies.save(args),
  startRollout: ({ handle, unit }) => {
    rollout = new Rollout(policies.get(handle), unit, sessions, job);
  },
  drawTokens: async ({ rounds, ended }) => {
    invariant(rollout, 'drawTokens without startRollout');
    const piece = await rollout.draw(rounds, ended);
    if (piece.done) rollout = undefined;
    return piece;
  },
  score: (args) => score(policies.get(args.handle), args, sessions, job),
  rankedScore: (args) => rankedScore(policies.get(args.handle), args, sessions, job),
  embed: (args) => embed(policies.get(args.handle), args, sessions, job),
  trainStep: (args) => trainStep(policies, args, sessions, job),
  writeFrozen: (args) => writeFrozen(args, sessions),
  forget: async ({ handle }) => {
    const folder = policies.forget(handle);
    if (folder !== undefined) await sessions.forget(folder);
  },
  traffic: () => sessions.memory.traffic,
  devicePeak: () => sessions.memory.peakBytes,
  limitMemory: ({ memoryBytesMax }) => void (policies.memoryBytesMax = memoryBytesMax),
  beginJob: (args) => {
    job = workSettings(args);
    policies.memoryBytesMax = args.memoryBytesMax;
    sessions.threads = args.threads;
  },
  endJob: () => {
    rollout = undefined;
    policies.endJob();
  },
};

const spanOf: Partial<Record<OpName, SpanName>> = {
  load: spans.workerLoad,
  drawTokens: spans.workerRollout,
  score: spans.workerScore,
  rankedScore: spans.workerScore,
  trainStep: spans.workerStep,
};

async function answer({ id, op, args, carrier }: Question): Promise<Answer> {
  const work = (): unknown => (ops[op] as (args: unknown) => unknown)(args);
  const span = spanOf[op];
  try {
    const value = await (span === undefined
      ? work()
      : withCarrier(carrier, () => withSpan(span, { [attributes.worker]: index }, work)));
    return { id, value };
  } catch (error) {
    return { id, error: wireError(error) };
  } finally {
    policies.sweep();
  }
}

function wireError(error: unknown): WireError {
  const known = outOfMemory(error) ?? error;
  const message = messageOf(known);
  if (known instanceof UserError) {
    const { reason, where } = known;
    return { message, reason, where, starved: isOutOfMemory(known), fatal: where === DEVICE_LOST };
  }
  if (!(error instanceof Error)) return { message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message, stack: error.stack, code };
}

/** Memory that can be transferred instead of copied. */
function transferable(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value)
    .filter((part): part is Float32Array | Int32Array => ArrayBuffer.isView(part))
    .map((part) => part.buffer as ArrayBuffer);
}

let last: Promise<void> = Promise.resolve();
parentPort!.on('message', (question: Question | 'close') => {
  last = last.then(async () => {
    if (question === 'close') {
      await shutdownTelemetry();
      parentPort!.close();
      return;
    }
    const given = await answer(question);
    parentPort!.postMessage(given, 'value' in given ? transferable(given.value) : []);
  });
});
