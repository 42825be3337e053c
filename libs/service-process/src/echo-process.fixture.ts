/** A service process for run-service.test.ts: serves Echo and fails at the start as its first argument says. */
import { UserError } from '@soar/core';
import { service } from '@soar/grpc-kit';
import { Echo } from '@soar/grpc-kit/testing';
import { runService } from './run-service.js';

const [, , mode = '', listen = '127.0.0.1:0'] = process.argv;

await runService('echo', ({ log, signal }) => {
  if (mode === 'user-error') throw new UserError('store /x: no such folder. Create it', 'NOT_FOUND');
  if (mode === 'bug') throw new TypeError('broken');
  if (mode === 'late-bug') setTimeout(() => void Promise.reject(new TypeError('broken later')), 50);
  const echo = service(Echo, {
    one: (request) => (request.question === 'wait' ? new Promise(() => {}) : Promise.resolve(request)),
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
  });
  return {
    listen,
    services: [echo],
    exitWithParent: mode === 'with-parent',
    ...(mode === 'stand-by' ? { begin: () => standBy(signal, log) } : {}),
    close: () => log('closed'),
  };
});

/** Waits for what never comes. */
function standBy(signal: AbortSignal, log: (line: string) => void): Promise<void> {
  log('stands by');
  setTimeout(() => undefined, 20_000);
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}
