import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { measure, observe } from './measuring.js';
import { metricNames, type RecordedMetric } from './metrics.js';
import { serveMetrics } from './metrics-endpoint.js';
import { attributes } from './names.js';

const repository = new URL('../../../', import.meta.url);
let url: string;
let served: Awaited<ReturnType<typeof serveMetrics>>;

before(async () => {
  served = await serveMetrics({ host: '127.0.0.1', port: 0, service: 'trainer' });
  url = `http://127.0.0.1:${served.port}/metrics`;
});
after(() => served.close());

const scrape = async (): Promise<string> => (await fetch(url)).text();
/** Series whose name and labels contain all of `parts`, with their values. */
const series = (text: string, ...parts: string[]): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => !line.startsWith('#') && parts.every((part) => line.includes(part)))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );

test('two runs are two series, and a reward below 0 is one', async () => {
  for (const [run, reward] of [
    ['a', 0.3],
    ['b', -0.2],
  ] as const)
    measure('runReward', reward, { [attributes.runId]: run });
  const sums = series(await scrape(), 'soar_run_reward');
  assert.deepEqual(
    [...sums],
    [
      ['soar_run_reward{soar_run_id="a"}', 0.3],
      ['soar_run_reward{soar_run_id="b"}', -0.2],
    ],
  );
});

test('seconds and rewards of different sizes fall into different buckets', async () => {
  const spread = { stepSeconds: [0.003, 0.3, 20, 2000], rolloutReward: [0, 0.5, 10, 120] } as const;
  for (const [metric, values] of Object.entries(spread)) {
    const run = `spread-${metric}`;
    for (const value of values) measure(metric as keyof typeof spread, value, { [attributes.runId]: run });
    const counts = [...series(await scrape(), '_bucket', `"${run}"`).values()];
    const own = counts.map((count, i) => count - (counts[i - 1] ?? 0)); // the buckets are cumulative
    assert.deepEqual(
      own.filter((count) => count > 0),
      [1, 1, 1, 1],
      metric,
    );
  }
});

test('buckets ascend, and histograms alone have them', () => {
  for (const { name, kind, ...metric } of Object.values(metricNames)) {
    const buckets: readonly number[] | undefined = 'buckets' in metric ? metric.buckets : undefined;
    assert.equal(buckets !== undefined, kind === 'histogram', name);
    assert.deepEqual(buckets, buckets && [...new Set(buckets)].sort((a, b) => a - b), name);
  }
});

test('an observed metric is asked when metrics are read, and no longer once it was stopped', async () => {
  let [queued, asked] = [3, 0];
  const stop = observe('queueDepth', () => {
    asked++;
    return [{ value: queued }];
  });
  assert.deepEqual([...series(await scrape(), 'soar_queue_depth').values()], [3]);
  queued = 1;
  assert.deepEqual([...series(await scrape(), 'soar_queue_depth').values()], [1]);
  stop();
  await scrape();
  assert.equal(asked, 2);
});

test('a label is escaped: a run cannot add series of its own', async () => {
  measure('promotions', 1, { [attributes.runId]: 'x"} 7\nsoar_forged 1' });
  const text = await scrape();
  assert.ok(text.includes(String.raw`soar_run_id="x\"} 7\nsoar_forged 1"} 1`), text);
  assert.equal(text.split('\n').filter((line) => line.startsWith('soar_forged')).length, 0);
});

test('more runs than a metric keeps series of are counted together', async () => {
  for (let i = 0; i < 2_100; i++) measure('outerStep', i, { [attributes.runId]: `many-${i}` });
  const all = series(await scrape(), 'soar_run_outer_step');
  assert.ok(all.size <= 2_001, String(all.size));
  assert.equal([...all.keys()].filter((name) => name.includes('otel_metric_overflow="true"')).length, 1);
});

test('GET /metrics is all that it answers, and a taken port is one message', async () => {
  assert.equal((await fetch(new URL('/', url))).status, 404);
  assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
  assert.match((await fetch(url)).headers.get('content-type') ?? '', /^text\/plain/);
  const { port } = served;
  await assert.rejects(serveMetrics({ host: '127.0.0.1', port, service: 'x' }), {
    reason: 'FAILED_PRECONDITION',
    message: new RegExp(`^metrics 127\\.0\\.0\\.1:${port}: the address is in use\\. Stop what listens there`),
  });
});

test('an endpoint closes although a connection is open, and nothing is recorded for it any more', async () => {
  const own = await serveMetrics({ host: '127.0.0.1', port: 0, service: 'x' });
  const socket = connect(own.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  await own.close();
  measure('tokens', 1, { [attributes.operation]: 'chat' });
  await assert.rejects(fetch(`http://127.0.0.1:${own.port}/metrics`));
});

test('dashboard and alerts name metrics and labels that are served, as they are served', async () => {
  for (const [metric, { kind, attributes: labels }] of Object.entries(metricNames)) {
    const all = Object.fromEntries(labels.map((label) => [label, 'x']));
    if (kind !== 'observed') measure(metric as RecordedMetric, 1, all);
  }
  const observed = [
    observe('queueDepth', () => [{ value: 1 }]),
    observe('processMemory', () => [{ value: 1 }]),
    observe('modelMemory', () => [{ value: 1, attributes: { [attributes.memoryState]: 'free' } }]),
  ];
  const text = await scrape();
  for (const stop of observed) stop();
  const known = new Set(text.match(/(?<=^)[a-z_]+(?=[{ ])|[a-z_]+(?==")/gm));
  for (const file of ['soar.json', 'alerts.yaml']) {
    const used = readFileSync(new URL(`deploy/grafana/${file}`, repository), 'utf8').match(
      /\b(?:soar|rpc|process|gen_ai|error)_[a-z_]+/g,
    );
    assert.ok(used !== null && used.length > 5, file);
    assert.deepEqual(
      used.filter((name) => !known.has(name)),
      [],
      file,
    );
  }
});
