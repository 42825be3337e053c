import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telemetryConfig } from './config.js';
import { metricNames } from './metrics.js';
import { attributes, spans } from './names.js';

test('telemetry is off unless the environment turns it on', () => {
  assert.equal(telemetryConfig({}), undefined);
  assert.equal(telemetryConfig({ OTEL_SERVICE_NAME: 'x', SOAR_TRACE_FILE: '' }), undefined);
  assert.equal(
    telemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'TRUE' }),
    undefined,
  );
});

test('a trace file needs no server and exports no metrics', () => {
  const config = telemetryConfig({ SOAR_TRACE_FILE: 't.jsonl' }, '/x/services/trainer/dist/main.js');
  assert.deepEqual(config, { service: 'trainer', traceFile: 't.jsonl', metrics: false });
});

test('an OTLP endpoint receives spans and metrics, a traces endpoint only spans', () => {
  assert.equal(telemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' })?.metrics, true);
  assert.equal(telemetryConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318' })?.metrics, false);
});

test('the service is named by OTEL_SERVICE_NAME, SOAR_SERVICE or its folder', () => {
  const env = { OTEL_TRACES_EXPORTER: 'console', SOAR_SERVICE: 'b' };
  assert.equal(telemetryConfig({ ...env, OTEL_SERVICE_NAME: 'a' })?.service, 'a');
  assert.equal(telemetryConfig(env)?.service, 'b');
  assert.equal(
    telemetryConfig({ OTEL_TRACES_EXPORTER: 'console' }, '/x/libs/cli/dist/main.js')?.service,
    'soar',
  );
});

test('names are unique and start with soar or a namespace of the conventions', () => {
  for (const names of [
    Object.values(spans),
    Object.values(attributes),
    Object.values(metricNames).map((m) => m.name),
  ]) {
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^(soar|gen_ai|rpc|process|error)\.[a-z0-9_.]+$/);
  }
});
