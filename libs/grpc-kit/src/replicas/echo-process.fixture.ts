/**
 * A replica in its own process, for pool.test.ts: echoes, or hangs when the question is "wait". The test stops it
 * with SIGSTOP.
 */
import { startServer } from '../server/server.js';
import { service } from '../service.js';
import { Echo } from '../testing/echo.js';

const echo = service(Echo, {
  one: (request) => (request.question === 'wait' ? new Promise(() => {}) : Promise.resolve(request)),
  count: async function* () {},
  join: async () => ({}),
  each: async function* () {},
});
const { address } = await startServer({ listen: '127.0.0.1:0', services: [echo] });
process.stdout.write(`${JSON.stringify({ address })}\n`);
