/**
 * The dashboard and the alerts of deploy/grafana, as Prometheus would read them. That real services serve what they ask
 * for is in page/page.test.ts, which has a run; Grafana itself is not here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPorts } from '@soar/cli/dist/config.js';
import { askedBy } from './promql.js';
import { alerts, dashboard, labelsIn, queries, scraped } from './queries.js';

test('every expression is PromQL, and asks for something', () => {
  const asked = queries();
  assert.ok(asked.length > dashboard.panels.length + alerts.length, String(asked.length));
  for (const { where, asked: metrics } of asked)
    assert.ok(metrics.length > 0 && metrics.every(({ metric }) => metric !== ''), where);
});

test('what is no PromQL is refused, and labels are found where they stand', () => {
  assert.throws(() => askedBy('sum by (a (x'), /no PromQL: sum by/);
  assert.throws(() => askedBy('rate(x{a="b}[5m])'));
  assert.deepEqual(askedBy('sum by (le, a) (rate(x_bucket{b=~"$run"}[$__rate_interval])) / on (a) y'), [
    { metric: 'x_bucket', labels: ['b', 'le', 'a'] },
    { metric: 'y', labels: [] },
  ]);
});

test('panels are told apart, name their lines by labels that they keep, and alerts say what to do', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { title, targets } of dashboard.panels)
    for (const { expr, legendFormat } of targets)
      for (const label of labelsIn(legendFormat)) {
        const kept = askedBy(expr).flatMap(({ labels }) => labels);
        assert.ok(!/\bby \(/.test(expr) || kept.includes(label), `${title}: {{${label}}} is not in ${expr}`);
      }
  for (const { alert, expr, annotations } of alerts) {
    assert.ok(annotations.summary.length > 10 && annotations.description.length > 20, alert);
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok(expr.includes(label!) || /^up\b/.test(expr), `${alert}: ${label}`);
  }
});

test('Prometheus is told the ports that soar up --metrics takes', () => {
  const ports = Object.entries(defaultPorts).map(([name, port]) => [name, `127.0.0.1:${port + 100}`]);
  assert.deepEqual(scraped, Object.fromEntries(ports));
});
