/**
 * Draws one outer step of a run as a waterfall: `node test/dist/bench/trace-figure.js spans.jsonl docs/trace.svg`, with
 * the spans that `soar demo --trace spans.jsonl` wrote. For the README; Jaeger shows the same and more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readSpans, type Span } from '../trace-file.js';

const WIDTH = 960;
const LABEL = 330;
const ROW = 17;
/** Trainings with a row each; the others share one. */
const TRAININGS_MAX = 4;
const COLOURS: Readonly<Record<string, string>> = {
  coordinator: '#5b6770',
  teacher: '#b5651d',
  trainer: '#2f6db5',
  verifier: '#2c8a57',
  metareward: '#8a3ca8',
};

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined || readFileSync(source).length === 0) {
  process.stderr.write('usage: node test/dist/bench/trace-figure.js spans.jsonl figure.svg\n');
  process.exit(2);
}
const spans = readSpans(source);
const root = spans.find(({ name }) => name === 'soar.outer_step');
if (root === undefined) throw new Error(`${source}: holds no span soar.outer_step`);
const trace = spans.filter(({ traceId }) => traceId === root.traceId);
writeFileSync(target, draw(root, rowsOf(root, trace)));

interface Row {
  readonly label: string;
  readonly service: string;
  readonly depth: number;
  /** Spans of the row; calls of one name under one parent share it. */
  readonly spans: readonly Span[];
}

/**
 * Server and internal spans, depth first in order of time; siblings of one name share a row. Left out: client spans,
 * and the calls that create and watch a training, whose own span is drawn.
 */
function rowsOf(span: Span, all: readonly Span[], depth = 0): Row[] {
  const children = childrenOf(span, all);
  const names = [...new Set(children.map(({ service, name }) => `${service} ${name}`))];
  const row = { label: labelOf(span), service: span.service, depth, spans: [span] };
  const below = names.flatMap((name): Row[] => {
    const alike = children.filter((child) => `${child.service} ${child.name}` === name);
    const first = alike[0]!;
    if (first.name === 'soar.training_run') {
      const drawn = alike.slice(0, TRAININGS_MAX).flatMap((training) => rowsOf(training, all, depth + 1));
      const rest = alike.slice(TRAININGS_MAX);
      const label = `trainer training_run: ${rest.length} more`;
      return rest.length === 0
        ? drawn
        : [...drawn, { label, service: 'trainer', depth: depth + 1, spans: rest }];
    }
    if (alike.length === 1 && childrenOf(first, all).length > 0) return rowsOf(first, all, depth + 1);
    return [
      {
        label: `${labelOf(first)} x ${alike.length}`,
        service: first.service,
        depth: depth + 1,
        spans: alike,
      },
    ];
  });
  return [row, ...below];
}

function childrenOf(span: Span, all: readonly Span[]): Span[] {
  return all
    .filter(({ parentSpanId }) => parentSpanId === span.spanId)
    .filter(({ name }) => !name.endsWith('/WatchTrainingRun'))
    .flatMap((child) =>
      child.kind === 'client' || child.name.endsWith('/CreateTrainingRun') ? childrenOf(child, all) : [child],
    )
    .sort((a, b) => a.startMs - b.startMs);
}

function labelOf({ service, name }: Span): string {
  const short = name.replace(/^soar\.\w+\.v1\.\w+\//, '').replace(/^soar\./, '');
  return `${service} ${short}`;
}

function draw(step: Span, rows: readonly Row[]): string {
  const length = step.endMs - step.startMs;
  const x = (ms: number): number => LABEL + ((WIDTH - LABEL - 10) * (ms - step.startMs)) / length;
  const clamp = (ms: number): number => Math.min(step.endMs, Math.max(step.startMs, ms));
  const height = rows.length * ROW + 34;
  const lines = rows.flatMap(({ label, service, depth, spans: own }, i) => {
    const y = 24 + i * ROW;
    const bars = own.map((span) => {
      const from = x(clamp(span.startMs));
      const width = Math.max(0.7, x(clamp(span.endMs)) - from);
      return (
        `<rect x="${from.toFixed(1)}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" ` +
        `fill="${COLOURS[service] ?? '#888'}"/>`
      );
    });
    return [`<text x="${8 + 10 * depth}" y="${y + 13}">${label}</text>`, ...bars];
  });
  const seconds = (length / 1000).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, ` +
      'sans-serif" font-size="11">',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="15" font-weight="bold">One outer step</text><text x="${LABEL}" y="15">0 s</text>`,
    `<text x="${WIDTH - 10}" y="15" text-anchor="end">${seconds} s</text>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}
