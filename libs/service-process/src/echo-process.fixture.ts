/** A service process for run-service.test.ts: serves Echo. Its first argument chooses how it fails at the start. */
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
    one: async (request) => {
      if (request.question === 'bug') throw new TypeError('broken in a call');
      return request.question === 'wait' ? new Promise(() => {}) : request;
    },
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
  });
  return {
    listen,
    services: [echo],
    exitWithParent: mode === 'with-parent',
    ...(mode === 'measured' ? { metrics: '127.0.0.1:0' } : {}),
    ...(mode === 'stand-by' ? { beforeListen: () => standBy(signal, log) } : {}),
    close: () => log('closed'),
  };
});

/** Waits until the process is asked to end. */
function standBy(signal: AbortSignal, log: (line: string) => void): Promise<void> {
  log('on standby');
  setTimeout(() => undefined, 20_000);
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}
