/**
 * Where a run's wall time goes, from the spans of a run: `npm run bench:run`. With one worker, the model's time is
 * that of the worker's spans. Each moment is counted once, for the first part in the list that was busy. Not a test:
 * nothing fails here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSoar } from '../soar-command.js';
import { readSpans, type Span } from '../trace-file.js';

/** Parts in order of precedence: a span belongs to the first whose test holds. */
const PARTS: readonly (readonly [string, (span: Span) => boolean])[] = [
  [
    'model (sampling, scoring, training)',
    ({ name }) => /^soar\.worker\.(rollout|score|step|stream)/.test(name),
  ],
  ['checkpoints in the worker (load, save)', ({ name }) => name.startsWith('soar.worker.')],
  ['grading', ({ service }) => service === 'verifier'],
  ['reward ledger', ({ service }) => service === 'metareward'],
  [
    'trainer: tokens, advantages, artifacts',
    ({ name }) => /^soar\.(training_run|evaluate|generate|policy_update)$/.test(name),
  ],
  ['teacher: parsing, partition', ({ service }) => service === 'teacher'],
];

const folder = mkdtempSync(join(tmpdir(), 'soar-bench-'));
try {
  const trace = join(folder, 'spans.jsonl');
  const args = ['demo', '--steps', '2', '--workers', '1', '--out', join(folder, 'runs'), '--trace', trace];
  const { code, stderr } = await runSoar(args, 900_000);
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${stderr}`);
  const spans = readSpans(trace);
  const run = spans.find(({ name }) => name === 'soar.run');
  if (run === undefined) throw new Error('the trace holds no span soar.run');
  const seconds = partsOf(spans, run);
  const wall = (run.endMs - run.startMs) / 1000;
  for (const [name, part] of seconds) {
    process.stdout.write(
      `${name.padEnd(42)} ${part.toFixed(2).padStart(8)} s  ${((100 * part) / wall).toFixed(1).padStart(5)} %\n`,
    );
  }
  const model = seconds.get(PARTS[0]![0])!;
  process.stdout.write(
    `everything that is not the model: ${(100 * (1 - model / wall)).toFixed(1)} % of ${wall.toFixed(1)} s ` +
      `(target 10 %)\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Seconds of each part within the run; the parts add up to its wall time. */
function partsOf(spans: readonly Span[], run: Span): Map<string, number> {
  const edges: { at: number; part: number; by: 1 | -1 }[] = [];
  for (const span of spans) {
    const part = PARTS.findIndex(([, belongs]) => belongs(span));
    if (part < 0) continue;
    const [from, to] = [Math.max(span.startMs, run.startMs), Math.min(span.endMs, run.endMs)];
    if (from < to) edges.push({ at: from, part, by: 1 }, { at: to, part, by: -1 });
  }
  edges.sort((a, b) => a.at - b.at);
  const open = PARTS.map(() => 0);
  const seconds = new Map([
    ...PARTS.map(([name]): [string, number] => [name, 0]),
    ['orchestration and gRPC', 0],
  ]);
  let last = run.startMs;
  const count = (until: number): void => {
    const busy = open.findIndex((spansOpen) => spansOpen > 0);
    const name = PARTS[busy]?.[0] ?? 'orchestration and gRPC';
    seconds.set(name, seconds.get(name)! + (until - last) / 1000);
    last = until;
  };
  for (const { at, part, by } of edges) {
    count(at);
    open[part]! += by;
  }
  count(run.endMs);
  return seconds;
}
