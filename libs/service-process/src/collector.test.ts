/** What a service sends to a collector, which is here: it takes OTLP by HTTP, as JSON. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createClient } from '@soar/grpc-kit';
import { Echo, problem } from '@soar/grpc-kit/testing';

const fixture = new URL('./echo-process.fixture.js', import.meta.url).pathname;

type Attributes = { key: string; value: { stringValue?: string } }[];
interface Scope {
  readonly spans?: { traceId: string; spanId: string; name: string; kind: number }[];
  readonly metrics?: { name: string }[];
  readonly logRecords?: {
    severityText: string;
    body: { stringValue: string };
    traceId?: string;
    spanId?: string;
    attributes: Attributes;
  }[];
}
type Resource = { resource: { attributes: Attributes } } & Readonly<Record<string, Scope[]>>;

const valueOf = (attributes: Attributes, name: string): string | undefined =>
  attributes.find(({ key }) => key === name)?.value.stringValue;

/** Keeps what is sent to it. */
async function collector() {
  const resources: Resource[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      for (const sent of Object.values(JSON.parse(text) as Record<string, Resource[]>))
        resources.push(...sent);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const scopes = () =>
    resources.flatMap((one) => one['scopeLogs'] ?? one['scopeSpans'] ?? one['scopeMetrics'] ?? []);
  return { server, resources, scopes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Runs the fixture with variables of a user; a call of it fails by a bug. `scraped`: its metrics, if it serves any. */
async function failingService(mode: string, env: Record<string, string>) {
  const args = ['--import', import.meta.resolve('@soar/telemetry/register'), fixture, mode];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, timeout: 20_000 });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { address, metrics } = JSON.parse(line) as { address: string; metrics?: string };
  const client = createClient(Echo, address, { deadlineMs: 10_000, attemptsMax: 1 });
  await assert.rejects(client.one(problem('bug')), { reason: 'INTERNAL' });
  client.close();
  const scraped = metrics === undefined ? '' : await (await fetch(metrics)).text();
  child.kill('SIGTERM');
  await closed;
  return { stderr, scraped };
}

test('lines of the log reach a collector, with severity, the trace of their call, and what went wrong', async () => {
  const { server, resources, scopes, url } = await collector();
  const { stderr, scraped } = await failingService('measured', {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    SOAR_SERVICE: 'echo',
  });
  server.close();
  for (const { resource } of resources) {
    assert.equal(valueOf(resource.attributes, 'service.name'), 'echo');
    assert.match(valueOf(resource.attributes, 'service.version') ?? '', /^\d+\.\d+\.\d+/);
  }
  const records = scopes().flatMap(({ logRecords = [] }) => logRecords);
  const lines = stderr.split('\n').filter((line) => /^\d{4}-\S+Z echo: /.test(line));
  assert.deepEqual(
    records.map(({ body }) => body.stringValue.split('\n')[0]),
    lines.map((line) => line.replace(/^\S+ echo: /, '')),
  );
  assert.deepEqual(
    records.map(({ severityText }) => severityText),
    ['INFO', 'INFO', 'ERROR', 'INFO', 'INFO'],
  );
  const bug = records[2]!;
  assert.equal(valueOf(bug.attributes, 'rpc.method'), 'test.Echo/One');
  assert.equal(valueOf(bug.attributes, 'exception.type'), 'TypeError');
  assert.equal(valueOf(bug.attributes, 'exception.message'), 'broken in a call');
  assert.match(valueOf(bug.attributes, 'exception.stacktrace') ?? '', /^TypeError: broken in a call\n +at /);
  const [call] = scopes().flatMap(({ spans = [] }) => spans);
  assert.equal(call?.name, 'test.Echo/One');
  assert.deepEqual([bug.traceId, bug.spanId], [call.traceId, call.spanId]);
  assert.ok(records.filter((record) => record !== bug).every(({ traceId }) => !traceId));
  // Its metrics go to both: the collector, and whoever asks the endpoint.
  const metrics = scopes().flatMap(({ metrics = [] }) => metrics);
  assert.ok(metrics.some(({ name }) => name === 'rpc.server.call.duration'));
  assert.match(scraped, /^rpc_server_call_duration_count\{.*rpc_status_code="INTERNAL"/m);
});

test('where only traces go to a collector, no line of the log does', async () => {
  const { server, scopes, url } = await collector();
  const { stderr } = await failingService('', {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
  server.close();
  assert.match(stderr, /echo: test\.Echo\/One: internal error/);
  assert.deepEqual(
    scopes().map((scope) => Object.keys(scope).filter((key) => key !== 'scope')),
    [['spans']],
  );
});
