import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

const folder = mkdtempSync(join(tmpdir(), 'soar-grpc-trace-'));
after(() => rmSync(folder, { recursive: true }));

const ERROR = 2;

interface Span {
  spanId: string;
  traceId: string;
  parentSpanId?: string;
  name: string;
  status: { code: number };
  attributes: { key: string; value: { stringValue?: string } }[];
}

test('a handler span descends from its server and client call and the caller; NOT_FOUND is no error', async () => {
  const file = join(folder, 'trace.jsonl');
  const fixture = new URL('./trace.fixture.js', import.meta.url).pathname;
  const args = ['--import', import.meta.resolve('@soar/telemetry/register'), fixture];
  await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, SOAR_TRACE_FILE: file },
    timeout: 30_000,
  });
  type Line = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  const spans = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as Line).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const parent = (span: Span): Span =>
    spans.find(({ spanId }) => spanId === span.parentSpanId) ?? assert.fail(span.name);
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  for (const [name, method] of [
    ['soar.verify_batch', 'One'],
    ['soar.generate', 'Count'],
    ['soar.evaluate', 'Join'],
    ['soar.policy_update', 'Each'],
  ] as const) {
    const inHandler = spans.find((span) => span.name === name) ?? assert.fail(name);
    const serverCall = parent(inHandler);
    const clientCall = parent(serverCall);
    assert.deepEqual([serverCall.name, clientCall.name], [`test.Echo/${method}`, `test.Echo/${method}`]);
    assert.equal(parent(clientCall).name, 'soar.outer_step');
  }
  // INTERNAL is an error of the trace, on both sides; NOT_FOUND is none.
  const statuses = spans
    .filter(({ name }) => name === 'test.Echo/One')
    .map(({ attributes, status }) => {
      const of = (name: string) => attributes.find(({ key }) => key === name)?.value.stringValue;
      assert.equal(of('rpc.method'), 'test.Echo/One');
      assert.equal(of('rpc.system.name'), 'grpc');
      assert.deepEqual(
        attributes.filter(({ key }) => /^rpc\.(system|service|grpc.*)$/.test(key)),
        [],
      );
      return [of('rpc.status_code'), of('error.type') ?? '', status.code === ERROR].join();
    })
    .sort();
  assert.deepEqual(statuses, [
    'INTERNAL,INTERNAL,true',
    'INTERNAL,INTERNAL,true',
    'NOT_FOUND,,false',
    'NOT_FOUND,,false',
    'OK,,false',
    'OK,,false',
  ]);
});
