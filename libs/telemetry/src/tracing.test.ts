import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

const folder = mkdtempSync(join(tmpdir(), 'soar-telemetry-'));
after(() => rmSync(folder, { recursive: true }));
const register = new URL('./register.js', import.meta.url).href;
const fixture = new URL('./spans.fixture.js', import.meta.url).pathname;

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status: { code: number; message?: string };
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: object }[];
}

async function run(id: string, env: Record<string, string>) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(OTEL|SOAR)_/.test(name));
  const options = { env: { ...Object.fromEntries(clean), ...env }, timeout: 30_000 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', register, fixture, id],
    options,
  );
  return JSON.parse(stdout) as { recording: boolean; carrier: Record<string, string> };
}

function read(path: string): (Span & { service: string })[] {
  type Line = {
    resourceSpans: {
      resource: { attributes: { key: string; value: { stringValue: string } }[] };
      scopeSpans: { spans: Span[] }[];
    }[];
  };
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .flatMap((line) => (JSON.parse(line) as Line).resourceSpans)
    .flatMap(({ resource, scopeSpans }) => {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
    });
}

test('without OTEL_* and SOAR_TRACE_FILE nothing is recorded', async () => {
  assert.deepEqual(await run('off', {}), { recording: false, carrier: {} });
  const disabled = { SOAR_TRACE_FILE: join(folder, 'never.jsonl'), OTEL_SDK_DISABLED: 'true' };
  assert.equal((await run('off', disabled)).recording, false);
});

test('three processes and their workers append to one file without torn lines', async () => {
  const path = join(folder, 'made', 'trace.jsonl');
  const ids = ['a', 'b', 'c'];
  await Promise.all(ids.map((id) => run(id, { SOAR_TRACE_FILE: path, SOAR_SERVICE: `service-${id}` })));
  const spans = read(path);
  assert.equal(spans.length, ids.length * 305);
  for (const id of ids) {
    const own = spans.filter(({ service }) => service === `service-${id}`);
    const named = (name: string) =>
      own.find((span) => span.name === name) ?? assert.fail(`${id}: no span ${name}`);
    const step = named('soar.outer_step');
    assert.equal(step.parentSpanId, undefined);
    assert.notEqual(step.traceId, named('soar.run').traceId);
    assert.equal(step.links?.[0]?.spanId, named('soar.run').spanId);
    assert.equal(named('soar.worker.step').parentSpanId, step.spanId);
    assert.equal(named('soar.worker.step').traceId, step.traceId);
    assert.equal(named('soar.score_step').parentSpanId, step.spanId);
    assert.equal(named('soar.evaluate').parentSpanId, named('soar.run').spanId);
    assert.deepEqual(named('soar.evaluate').status, { code: 2, message: 'no such checkpoint' });
    assert.deepEqual(named('soar.run').attributes, [{ key: 'soar.run.id', value: { stringValue: id } }]);
  }
});

test('a trace file that cannot be opened is one line and exit code 2', async () => {
  // No folder can be made below /proc; Node's own recursive mkdir would hang there.
  for (const path of ['/dev/null/trace.jsonl', '/proc/traces/trace.jsonl']) {
    await assert.rejects(run('x', { SOAR_TRACE_FILE: path }), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2);
      assert.ok(error.stderr.startsWith(`telemetry cannot start (SOAR_TRACE_FILE=${path}): `), error.stderr);
      assert.match(error.stderr, /^[^\n]+\n$/);
      return true;
    });
  }
});

test('an unreachable collector does not keep a process from exiting', async () => {
  const from = Date.now();
  const { recording } = await run('gone', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  assert.ok(recording);
  assert.ok(Date.now() - from < 15_000);
});
