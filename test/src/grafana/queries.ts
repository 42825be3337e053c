/** What the dashboard, its variables and the alerts in deploy/grafana ask of Prometheus. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../repository-root.js';
import { type Asked, askedBy } from './promql.js';

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}

const read = (name: string): string => readFileSync(join(repositoryRoot, 'deploy/grafana', name), 'utf8');

export const dashboard = JSON.parse(read('soar.json')) as Dashboard;
export const alerts = (parse(read('alerts.yaml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
/** Names of jobs by port, as Prometheus is told. */
export const scraped = Object.fromEntries(
  (
    parse(read('prometheus.yaml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    }
  ).scrape_configs.map(({ job_name: job, static_configs: [at] }) => [job, at?.targets.join() ?? '']),
);

/** "panel 3 (Promotions)" and what it asks. */
export function queries(): { readonly where: string; readonly asked: Asked[] }[] {
  const variables = dashboard.templating.list.flatMap(({ query }) => {
    const [, metric, label] =
      /^label_values\((\w+), (\w+)\)$/.exec(typeof query === 'string' ? '' : query.query) ?? [];
    return metric === undefined
      ? []
      : [{ where: `variable ${label}`, asked: [{ metric, labels: [label!] }] }];
  });
  const panels = dashboard.panels.flatMap(({ id, title, targets }) =>
    targets.map(({ expr, legendFormat }) => {
      const named = /\bby \(/.test(expr) ? [] : labelsIn(legendFormat);
      const asked = askedBy(expr).map((each) => ({ ...each, labels: [...each.labels, ...named] }));
      return { where: `panel ${id} (${title})`, asked };
    }),
  );
  return [
    ...variables,
    ...panels,
    ...alerts.map(({ alert, expr }) => ({ where: `alert ${alert}`, asked: askedBy(expr) })),
  ];
}

/** Labels in the name of a line: {{soar_run_id}}. */
export function labelsIn(legendFormat: string): string[] {
  return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
}

/** Of the text that a service serves: the labels that each metric has. */
export function labelsServed(text: string): Map<string, Set<string>> {
  const served = new Map<string, Set<string>>();
  for (const [, metric, labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = served.get(metric!) ?? new Set();
    for (const [, label] of labels.matchAll(/([a-z_]\w*)="/g)) known.add(label!);
    served.set(metric!, known);
  }
  return served;
}
