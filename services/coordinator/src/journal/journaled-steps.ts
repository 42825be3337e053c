/**
 * Named, memoised steps over a journal, and bounded fan-out.
 *
 * A step's value is written to the journal before it is returned. A step whose name is in the journal returns the
 * written value and does no work. The journal alone does not make effects happen once: a process may die between an
 * effect and its entry. That is why every effect carries a client-given id, and repeating it returns the first result
 * (ARCHITECTURE.md).
 *
 * Names must not depend on anything but the run's inputs and the values of earlier steps.
 */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@soar/contracts';
import { InvariantError, mapConcurrent } from '@soar/core';
import type { RunJournal } from '@soar/store';
import type { Gate } from './gate.js';
import type { Durable } from '../loop/run-context.js';

export interface JournaledStepsOptions {
  readonly journal: Pick<RunJournal, 'get' | 'put'>;
  /** Passed before new work; finished steps return without it. */
  readonly gate: Gate;
  /** Ends the run's work. */
  readonly abort: AbortController;
  /** Items of one fan-out in progress at a time. */
  readonly fanOutMax: number;
}

export function journaledSteps({ journal, gate, abort, fanOutMax }: JournaledStepsOptions): Durable {
  const running = new Set<string>();

  async function step<S extends DescMessage>(
    name: string,
    schema: S,
    work: () => Promise<MessageShape<S>>,
  ): Promise<MessageShape<S>> {
    const kept = await journal.get(name);
    if (kept !== undefined) return fromBinary(schema, kept);
    if (running.has(name)) throw new InvariantError(`step ${name}: executed twice at the same time`);
    running.add(name);
    try {
      await gate.pass(abort.signal);
      const bytes = toBinary(schema, await work());
      abort.signal.throwIfAborted();
      await journal.put(name, bytes);
      // Decoded as a resumed run will decode it, so that both see the same value.
      return fromBinary(schema, bytes);
    } finally {
      running.delete(name);
    }
  }

  async function fanOut<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    try {
      return await mapConcurrent(items, fanOutMax, async (item) => {
        try {
          return await work(item);
        } catch (error) {
          // One failure ends the attempt, with everything else in flight.
          abort.abort(error);
          throw error;
        }
      });
    } catch {
      throw abort.signal.reason; // what ended the attempt first: this failure, or `stop`
    }
  }

  return { step, fanOut };
}
