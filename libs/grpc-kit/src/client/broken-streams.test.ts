/**
 * Many streams that callers reset: Node takes them for an attack and closes the session; callers see UNAVAILABLE.
 */
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from './client.js';
import { Echo, problem } from '../testing/echo.js';
import { startServer } from '../server/server.js';
import { service } from '../service.js';

test('a session that the server closes over too many resets is UNAVAILABLE, not an internal error', async (t) => {
  const echo = service(Echo, {
    one: async (request) => request,
    count: async function* (request, { signal }) {
      for (;;) {
        yield request;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1_000);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            resolve();
          });
        });
        if (signal.aborted) return;
      }
    },
    join: async () => ({}),
    each: async function* () {},
  });
  const options = {
    listen: '127.0.0.1:0',
    services: [echo],
    log: () => {},
    callsPerSecond: 0,
    drainMs: 20,
  };
  const server = await startServer(options);
  t.after(() => server.stop());
  const client = createClient(Echo, server.address, { attemptsMax: 1 });
  t.after(() => client.close());
  const failures: unknown[] = [];
  const breakOff = async (): Promise<void> => {
    try {
      for await (const _ of client.count(problem('x'))) break;
    } catch (error) {
      failures.push(error);
    }
  };
  for (let round = 0; round < 60 && failures.length === 0; round++)
    await Promise.all(Array.from({ length: 50 }, breakOff));
  // Newer versions of Node may tolerate more; what matters is the reason of a failure.
  for (const failure of failures) {
    assert.ok(failure instanceof UserError, String(failure));
    assert.equal(failure.reason, 'UNAVAILABLE', failure.message);
  }
  t.diagnostic(`${failures.length} failures`);
  assert.equal((await client.one(problem('after'))).question, 'after');
});
