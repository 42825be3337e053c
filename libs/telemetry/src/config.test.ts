import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

test('a trace file needs no server and exports no metrics and logs', () => {
  const config = telemetryConfig({ SOAR_TRACE_FILE: 't.jsonl' }, '/x/services/trainer/dist/main.js');
  assert.deepEqual(config, { service: 'trainer', traceFile: 't.jsonl', metrics: false, logs: false });
});

test('an OTLP endpoint receives spans, metrics and logs, one of a signal only that', () => {
  const sent = (variable: string): (boolean | undefined)[] => {
    const config = telemetryConfig({ [variable]: 'http://c:4318' });
    return [config?.metrics, config?.logs];
  };
  assert.deepEqual(sent('OTEL_EXPORTER_OTLP_ENDPOINT'), [true, true]);
  assert.deepEqual(sent('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), [false, false]);
  assert.deepEqual(sent('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'), [true, false]);
  assert.deepEqual(sent('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'), [false, true]);
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
    for (const name of names) assert.match(name, /^(soar|gen_ai|rpc|process|error|exception)\.[a-z0-9_.]+$/);
  }
});

test('names of the conventions are in the version that is installed, and nothing replaced them', () => {
  const conventions = import.meta.resolve('@opentelemetry/semantic-conventions');
  const declared = ['stable', 'experimental'].flatMap((kind) =>
    ['attributes', 'metrics'].map((what) =>
      readFileSync(new URL(`./${kind}_${what}.d.mts`, conventions), 'utf8'),
    ),
  );
  const comments = new Map<string, string>();
  for (const text of declared)
    for (const [, about, name] of text.matchAll(
      /\/\*\*((?:(?!\*\/).)*)\*\/\s*declare const \w+: "([^"]+)"/gs,
    ))
      comments.set(name!, about!);
  // Those for generative AI have moved to a repository of their own, unchanged.
  const isCurrent = (name: string): boolean =>
    /^(?!.*@deprecated (?!Moved)).*$/s.test(comments.get(name) ?? '@deprecated unknown');
  const names = [...Object.values(attributes), ...Object.values(metricNames).map(({ name }) => name)];
  assert.deepEqual(
    names.filter((name) => !name.startsWith('soar.') && !isCurrent(name)),
    [],
  );
});
