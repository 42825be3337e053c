/**
 * Renders Jinja templates under bounds. One thread a process, started at first use; a batch that takes too long or too
 * much memory ends it, and the next batch gets a new one. It keeps no process alive.
 */
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '@soar/core';
import type { Render, RenderRequest, RenderResponse } from './render-thread.js';

const BATCH_MAX = 256;
const BATCH_MS_MAX = 10_000;
const MEMORY_MIB_MAX = 128;

let thread: Worker | undefined;
let nextId = 0;
/** Batches are rendered one after the other, so that a deadline is that of one batch. */
let last: Promise<unknown> = Promise.resolve();

/**
 * The texts of `renders`, in order. Throws UserError INVALID_ARGUMENT that begins with `what` when a template is wrong,
 * or a batch of them is not done within `msMax`.
 */
export async function renderAll(
  renders: readonly Render[],
  what: string,
  msMax = BATCH_MS_MAX,
): Promise<string[]> {
  const texts: string[] = [];
  for (let at = 0; at < renders.length; at += BATCH_MAX) {
    const batch = renders.slice(at, at + BATCH_MAX);
    const rendering = last.then(() => renderBatch(batch, what, msMax));
    last = rendering.catch(() => undefined);
    texts.push(...(await rendering));
  }
  return texts;
}

async function renderBatch(
  renders: readonly Render[],
  what: string,
  msMax: number,
): Promise<readonly string[]> {
  const worker = (thread ??= start());
  const request: RenderRequest = { id: nextId++, renders };
  try {
    const { texts, error } = await respond(worker, request, msMax);
    if (texts !== undefined) return texts;
    throw new UserError(`${what}: ${error}`, 'INVALID_ARGUMENT', what);
  } catch (error) {
    if (error instanceof UserError) throw error;
    thread = undefined;
    await worker.terminate();
    throw new UserError(`${what}: ${messageOf(error)}; correct the template`, 'INVALID_ARGUMENT', what);
  }
}

function respond(worker: Worker, request: RenderRequest, msMax: number): Promise<RenderResponse> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      settle();
    };
    const timer = setTimeout(
      () => end(() => reject(new Error(`not rendered within ${msMax / 1000} s`))),
      msMax,
    );
    worker.once('message', (response: RenderResponse) => end(() => resolve(response)));
    worker.once('error', (error) => end(() => reject(error)));
    worker.postMessage(request);
  });
}

function start(): Worker {
  const worker = new Worker(new URL('./render-thread.js', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  });
  worker.unref();
  return worker;
}
