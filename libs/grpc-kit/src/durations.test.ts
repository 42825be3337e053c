import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { serveMetrics } from '@soar/telemetry/metrics-endpoint';
import { createClient } from './client/client.js';
import { startServer } from './server/server.js';
import { service } from './service.js';
import { Echo, problem, stream } from './testing/echo.js';

const echo = service(Echo, {
  async one(request) {
    if (request.question === 'missing') throw new UserError('there is none', 'NOT_FOUND');
    if (request.question === 'bug') throw new Error('a bug');
    return request;
  },
  async *count(request) {
    for (;;) yield request;
  },
  async join(requests) {
    for await (const _ of requests);
    return {};
  },
  async *each(requests) {
    yield* requests;
  },
});

test('calls are counted on both sides, by method and status; NOT_FOUND is no error of the server', async () => {
  const metrics = await serveMetrics({ host: '127.0.0.1', port: 0, service: 'echo' });
  const server = await startServer({ listen: '127.0.0.1:0', services: [echo], log: () => {} });
  const client = createClient(Echo, server.address, { deadlineMs: 10_000 });
  for (const question of ['a', 'b', 'missing', 'bug', '']) {
    await client.one(problem(question)).catch(() => undefined);
  }
  for await (const _ of client.count(problem('q'))) break;
  await client.join(stream(['a']));
  for await (const _ of client.each(stream(['a'])));
  client.close();
  await server.stop();
  const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  await metrics.close();
  const counts = (side: string): string[] =>
    [...text.matchAll(new RegExp(`^rpc_${side}_call_duration_count{rpc_system_name="grpc",(.*)$`, 'gm'))]
      .map(([, rest]) => rest!.replace(/rpc_method="test.Echo\/|rpc_status_code=|"/g, ''))
      .sort();
  const others = (failed: (status: string) => string): string[] => [
    `Count,CANCELLED${failed('CANCELLED')}} 1`,
    'Each,OK} 1',
    'Join,OK} 1',
    `One,INTERNAL,error_type=INTERNAL} 1`,
    `One,INVALID_ARGUMENT${failed('INVALID_ARGUMENT')}} 1`,
    `One,NOT_FOUND${failed('NOT_FOUND')}} 1`,
    'One,OK} 2',
  ];
  assert.deepEqual(
    counts('client'),
    others((status) => `,error_type=${status}`),
  );
  assert.deepEqual(
    counts('server'),
    others(() => ''),
  );
});
