/**
 * The simulated network: every call is delayed, and its request or response may be lost, or the request duplicated.
 */
import { setMaxListeners } from 'node:events';
import { UserError } from '@soar/core';
import type { Service } from '@soar/grpc-kit';
import type { InProcessCall, Transport } from '@soar/grpc-kit/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.js';

/** The network of one process. `isAlive`: whether the process lives; nothing reaches a dead one. */
export function networkOf(world: World, isAlive: () => boolean): Transport {
  const onTheWay = (): Promise<void> =>
    sleep(world.happens(0.05) ? 1 + world.integer(5_000) : 1 + world.integer(50));
  const bounded = <T>(call: InProcessCall, work: Promise<T>): Promise<T> => outcome(call, work, isAlive);

  async function passed<T>(
    call: InProcessCall,
    handle: (service: Service, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await onTheWay();
    if (!isAlive()) return new Promise<T>(() => undefined);
    if (!world.isReachable(call.address) || world.happens(0.02)) throw broken(call);
    const life = world.lifeOf(call.address);
    setMaxListeners(0, life);
    const signal = AbortSignal.any([life, ...signalsOf(call.options)]);
    if (world.happens(0.03)) {
      const again = 1 + world.integer(10_000);
      void sleep(again)
        .then(() => (life.aborted ? undefined : handle(hostOf(world, call), life)))
        .catch(() => undefined);
    }
    const died = new Promise<never>((_, reject) => {
      const die = (): void => reject(broken(call));
      if (life.aborted) die();
      else life.addEventListener('abort', die, { once: true });
    });
    died.catch(() => undefined);
    const result = await Promise.race([handle(hostOf(world, call), signal), died]);
    await onTheWay();
    if (!world.isReachable(call.address) || world.happens(0.02)) throw broken(call);
    return result;
  }

  return {
    unary: (call, handle) => bounded(call, passed(call, handle)),
    stream: async function* (call, handle) {
      const items = await bounded(
        call,
        passed(call, async (service, signal) => handle(service, signal)[Symbol.asyncIterator]()),
      );
      for (;;) {
        const next = bounded(call, items.next());
        const item = await next;
        if (!world.isReachable(call.address) || world.happens(0.02)) throw broken(call);
        if (item.done === true) return;
        yield item.value;
      }
    },
  };
}

/** The service at the other end. */
function hostOf(world: World, { method, address }: InProcessCall): Service {
  const found = world.servicesAt(address).find(({ handlers }) => method in handlers);
  if (found === undefined) throw new Error(`simulation: no service at ${address} has the method ${method}`);
  return found;
}

function broken({ method, address }: InProcessCall): UserError {
  return new UserError(`${method} at ${address}: not reachable`, 'UNAVAILABLE');
}

/**
 * The outcome of a call for its caller: a result, an error, the deadline or a cancellation; never settles for a dead
 * process.
 */
function outcome<T>(
  { options, method, address }: InProcessCall,
  work: Promise<T>,
  isAlive: () => boolean,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { deadlineMs = 60_000 } = options;
    const signals = signalsOf(options);
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signals.forEach((signal) => signal.removeEventListener('abort', abort));
      if (isAlive()) how();
    };
    const abort = (): void => settle(() => reject(new UserError(`${method}: cancelled`, 'CANCELLED')));
    const late = (): UserError =>
      new UserError(`${method} at ${address}: no answer within the deadline`, 'DEADLINE_EXCEEDED');
    const timer = setTimeout(() => settle(() => reject(late())), deadlineMs);
    if (signals.some(({ aborted }) => aborted)) return abort();
    for (const signal of signals) {
      setMaxListeners(0, signal); // one signal may bound many calls at once
      signal.addEventListener('abort', abort, { once: true });
    }
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}

function signalsOf({ signal }: InProcessCall['options']): readonly AbortSignal[] {
  return [signal ?? []].flat();
}
