import { Client as Channel, credentials, type ServiceError } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { fromBinary } from '@bufbuild/protobuf';
import { BadRequestSchema, Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseAddress } from '../address.js';
import { createClient } from '../client/client.js';
import { Echo, problem } from '../testing/echo.js';
import { type RunningServer, type ServerOptions, startServer } from './server.js';
import { service, type ServiceImpl } from '../service.js';

const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin', 'buf');

/** A server of Echo whose methods answer at once unless `impl` overrides them; stopped after `work`. */
async function withServer(
  impl: Partial<ServiceImpl<typeof Echo>>,
  work: (server: RunningServer) => Promise<void>,
  options: Partial<ServerOptions> = {},
): Promise<void> {
  const echo = service(Echo, {
    one: async (request) => request,
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
    ...impl,
  });
  const server = await startServer({
    listen: '127.0.0.1:0',
    services: [echo],
    log: () => {},
    drainMs: 300,
    ...options,
  });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

async function curl(address: string, ...args: string[]): Promise<string> {
  const all = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args.slice(0, -1)];
  const url = `http://${address}${args.at(-1)!}`;
  const { stdout } = await promisify(execFile)(process.execPath, [buf, ...all, url], { timeout: 20_000 });
  return stdout;
}

test('by reflection, buf curl lists services and methods and calls them', async () => {
  await withServer({}, async ({ address }) => {
    const services = await curl(address, '--list-services', '');
    for (const name of ['test.Echo', 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection']) {
      assert.match(services, new RegExp(`^${name}$`, 'm'));
    }
    assert.match(await curl(address, '--list-methods', ''), /^test\.Echo\/Each$/m);
    const body = '{"id":"1","question":"q","answer":"a"}';
    assert.deepEqual(JSON.parse(await curl(address, '-d', body, '/test.Echo/One')), JSON.parse(body));
    const health = await curl(
      address,
      '--reflect-protocol',
      'grpc-v1alpha',
      '-d',
      '{}',
      '/grpc.health.v1.Health/Check',
    );
    assert.deepEqual(JSON.parse(health), { status: 'SERVING' });
  });
});

test('buf curl shows the fields that violate a rule', async () => {
  await withServer({}, async ({ address }) => {
    const call = curl(address, '-d', '{"id":"1"}', '/test.Echo/One');
    await assert.rejects(call, (error: { stderr: string }) => {
      const told = JSON.parse(error.stderr) as { code: string; details: { type: string; value: string }[] };
      assert.equal(told.code, 'invalid_argument');
      const bad = told.details.find(({ type }) => type === 'google.rpc.BadRequest');
      const { fieldViolations } = fromBinary(BadRequestSchema, Buffer.from(bad?.value ?? '', 'base64'));
      assert.deepEqual(
        fieldViolations.map(({ field }) => field),
        ['question', 'answer'],
      );
      return true;
    });
  });
});

test('health is SERVING, NOT_FOUND for an unknown service, and NOT_SERVING for watchers on stop', async () => {
  await withServer({}, async (server) => {
    const health = createClient(Health, server.address, { deadlineMs: 5_000, attemptsMax: 1 });
    assert.equal((await health.check({ service: 'test.Echo' })).status, Status.SERVING);
    assert.equal((await health.check({})).status, Status.SERVING);
    await assert.rejects(health.check({ service: 'x' }), {
      reason: 'NOT_FOUND',
      message: /x: no such service here; services: grpc/,
    });
    const seen: Status[] = [];
    for await (const { status } of health.watch({ service: 'test.Echo' })) {
      seen.push(status);
      if (seen.length === 1) void server.stop();
    }
    assert.deepEqual(seen, [Status.SERVING, Status.NOT_SERVING]);
    health.close();
  });
});

test('stopping lets a call in flight finish and refuses new ones', async () => {
  let begun = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const one: ServiceImpl<typeof Echo>['one'] = async (request) => {
    begun();
    await sleep(150);
    return request;
  };
  await withServer({ one }, async (server) => {
    const client = createClient(Echo, server.address, { deadlineMs: 2_000, attemptsMax: 1 });
    const answer = client.one(problem('slow'));
    await started;
    const stopped = server.stop();
    assert.equal((await answer).question, 'slow');
    await stopped;
    await assert.rejects(client.one(problem('late')), { reason: 'UNAVAILABLE' });
    client.close();
  });
});

test('a call that outlives the drain fails with UNAVAILABLE, shutting down', async () => {
  let begun = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const one: ServiceImpl<typeof Echo>['one'] = () => {
    begun();
    return new Promise(() => {});
  };
  await withServer({ one }, async (server) => {
    const client = createClient(Echo, server.address, { deadlineMs: 5_000, attemptsMax: 1 });
    const answer = client.one(problem('for ever'));
    const failed = assert.rejects(answer, { reason: 'UNAVAILABLE', message: /shutting down/ });
    await started;
    const from = Date.now();
    await server.stop();
    await failed;
    assert.ok(Date.now() - from < 2_000);
    client.close();
  });
});

test('an address in use is one clear error', async () => {
  await withServer({}, async ({ address }) => {
    await assert.rejects(
      withServer({}, async () => {}, { listen: address }),
      (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          new RegExp(`^listen ${address}: the address is in use\\. Stop what listens`),
        );
        return true;
      },
    );
  });
});

test('an address that is not loopback needs TLS or insecure', async () => {
  for (const listen of ['0.0.0.0:0', '[::]:0', 'example.org:0']) {
    await assert.rejects(
      withServer({}, async () => {}, { listen }),
      /not a loopback address\. Plain text is allowed there only with --insecure/,
    );
  }
  await withServer({}, async ({ address }) => assert.match(address, /^0\.0\.0\.0:\d+$/), {
    listen: '0.0.0.0:0',
    insecure: true,
  });
});

test('calls go round robin over several addresses and around one that is down', async () => {
  const counts = [0, 0];
  const counting = (i: number): Partial<ServiceImpl<typeof Echo>> => ({
    one: async (request) => {
      counts[i]!++;
      return request;
    },
  });
  await withServer(counting(0), async (a) => {
    await withServer(counting(1), async (b) => {
      const client = createClient(Echo, `${a.address},${b.address},127.0.0.1:9`, { deadlineMs: 5_000 });
      await client.one(problem('first'));
      await sleep(200); // The second connection may still be opening when the first call goes out.
      for (let i = 0; i < 20; i++) await client.one(problem('q'));
      assert.ok(counts[0]! >= 8 && counts[1]! >= 8, `counts ${counts.join(', ')}`);
      client.close();
    });
  });
});

test('an UNAVAILABLE answer is retried a bounded number of times', async () => {
  let calls = 0;
  const one: ServiceImpl<typeof Echo>['one'] = async (request) => {
    calls++;
    if (calls < 3 || request.question === 'never') throw new UserError('not now', 'UNAVAILABLE');
    return request;
  };
  await withServer({ one }, async ({ address }) => {
    const client = createClient(Echo, address, { deadlineMs: 10_000, attemptsMax: 3 });
    assert.equal((await client.one(problem('third time'))).question, 'third time');
    assert.equal(calls, 3);
    await assert.rejects(client.one(problem('never')), { reason: 'UNAVAILABLE', message: 'not now' });
    assert.equal(calls, 6);
    client.close();
  });
});

test('malformed bytes are INVALID_ARGUMENT, noise on the socket is ignored, and the server keeps serving', async () => {
  await withServer({}, async ({ address }) => {
    const raw = new Channel(address, credentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    const truncated = Buffer.from([0x0a, 0xff]);
    const error = await new Promise<ServiceError | null>((resolve) => {
      raw.makeUnaryRequest('/test.Echo/One', same, same, truncated, resolve);
    });
    assert.match(error?.message ?? '', /INVALID_ARGUMENT: test\.Echo\/One: not a soar\.common\.v1\.Problem/);
    raw.close();

    const { host, port } = parseAddress(address);
    const socket = connect(port, host).on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await sleep(50);
    socket.destroy();
    const client = createClient(Echo, address, { deadlineMs: 5_000 });
    assert.equal((await client.one(problem('still here'))).question, 'still here');
    client.close();
  });
});
