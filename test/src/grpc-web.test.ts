/** The gateway by gRPC-Web, with the client that browsers have for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { CoordinatorService, RunState } from '@soar/contracts';
import { runningGateway } from '@soar/gateway/dist/testing/running-gateway.js';
import { StandInCoordinator } from '@soar/gateway/dist/testing/stand-in-coordinator.js';

test('gRPC-Web has the same messages and errors', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const address = await runningGateway(t, ['--coordinator', coordinator.address]);
  const runs = createClient(CoordinatorService, createGrpcWebTransport({ baseUrl: `http://${address}` }));
  for await (const { run } of runs.watchRun({ id: 'one' })) {
    assert.equal(run?.state, RunState.RUNNING);
    break;
  }
  const none = runs.watchRun({ id: 'none' })[Symbol.asyncIterator]().next();
  await assert.rejects(none, { code: Code.NotFound, rawMessage: 'there is no run "none"' });
});
