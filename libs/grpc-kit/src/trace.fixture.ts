/** A process for trace.test.ts: one call of each kind, from within a span, to handlers that open one too. */
import { UserError } from '@soar/core';
import { shutdownTelemetry, spans, withSpan } from '@soar/telemetry';
import { createClient } from './client/client.js';
import { Echo, problem, stream } from './testing/echo.js';
import { startServer } from './server/server.js';
import { service } from './service.js';

const echo = service(Echo, {
  one: async (request) => {
    if (request.question === 'missing') throw new UserError('there is none', 'NOT_FOUND');
    if (request.question === 'bug') throw new Error('a bug');
    return withSpan(spans.verifyBatch, {}, async () => request);
  },
  async *count(request) {
    yield request;
    yield await withSpan(spans.generate, {}, async () => request);
  },
  async join(requests) {
    for await (const _ of requests);
    return withSpan(spans.evaluate, {}, async () => ({}));
  },
  async *each(requests) {
    for await (const request of requests) yield await withSpan(spans.policyUpdate, {}, async () => request);
  },
});
const server = await startServer({ listen: '127.0.0.1:0', services: [echo], log: () => {} });
const client = createClient(Echo, server.address);
await withSpan(spans.outerStep, {}, async () => {
  await client.one(problem('q'));
  for (const question of ['missing', 'bug']) await client.one(problem(question)).catch(() => undefined);
  for await (const _ of client.count(problem('q')));
  await client.join(stream(['a', 'b']));
  for await (const _ of client.each(stream(['a'])));
});
client.close();
await server.stop();
await shutdownTelemetry();
