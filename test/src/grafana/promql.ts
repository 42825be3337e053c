/** What an expression of PromQL asks for, by Prometheus' own grammar: metrics, and the labels that it names of them. */
import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** A metric with the labels that are matched, or grouped by. */
export interface Asked {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Grafana writes these into an expression before it sends it. */
const GRAFANA_INTERVAL = /\$__(rate_)?interval\b/g;
const WRONG = '\u26a0';

/** Throws where it is no PromQL. */
export function askedBy(expression: string): Asked[] {
  const text = expression.replace(GRAFANA_INTERVAL, '5m');
  const { topNode } = parser.parse(text);
  if (all(topNode, WRONG).length > 0) throw new Error(`no PromQL: ${expression}`);
  return all(topNode, 'VectorSelector').map((selector) => {
    const matched = all(selector, 'LabelName');
    const grouped = around(selector, 'AggregateExpr').flatMap((aggregate) =>
      aggregate.getChildren('AggregateModifier').flatMap((modifier) => all(modifier, 'LabelName')),
    );
    const [metric] = all(selector, 'Identifier').map((node) => text.slice(node.from, node.to));
    const labels = [...matched, ...grouped].map((node) => text.slice(node.from, node.to));
    return { metric: metric ?? '', labels: [...new Set(labels)] };
  });
}

function all(node: Node, name: string): Node[] {
  const found: Node[] = [];
  node.cursor().iterate((each) => {
    if (name === WRONG ? each.type.isError : each.name === name) found.push(each.node);
  });
  return found;
}

function around(node: Node, name: string): Node[] {
  const found: Node[] = [];
  for (let each = node.parent; each !== null; each = each.parent) if (each.name === name) found.push(each);
  return found;
}
