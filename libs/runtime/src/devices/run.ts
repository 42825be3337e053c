/** A run of a session whose failures say what to do, and whose tensors are counted where their memory asks for it. */
import type { InferenceSession, Tensor } from '../onnx-runtime.js';
import { outOfMemory } from '../out-of-memory.js';
import { deviceLost, tensorTooLarge } from './faults.js';
import type { Feeds } from './tensor-memory.js';

/** Told of every run of a session that it watches. */
export interface RunWatcher {
  ran(session: InferenceSession, feeds: Feeds, outputs: Feeds): void;
}

const watchers = new WeakMap<InferenceSession, RunWatcher>();

export function watch(session: InferenceSession, watcher: RunWatcher): void {
  watchers.set(session, watcher);
}

/** Runs a session. `fetches`: outputs to compute; those with a tensor are written into it. */
export async function run(
  session: InferenceSession,
  feeds: Feeds,
  fetches: Readonly<Record<string, Tensor | null>>,
): Promise<Record<string, Tensor>> {
  try {
    const outputs = await session.run(feeds, fetches);
    watchers.get(session)?.ran(session, feeds, outputs);
    return outputs;
  } catch (error) {
    const onDevice = watchers.has(session) ? (deviceLost(error) ?? tensorTooLarge(error)) : undefined;
    throw onDevice ?? outOfMemory(error) ?? error;
  }
}
