/** Shares that add up to one, stacked over steps: the kinds of what the teacher asks. */
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { percent, visible } from '../format.js';
import type { StepRow } from '../index.js';
import { nearest, wholeTicks } from './scale.js';
import { useWidth } from './use-width.js';

interface ShareChartProps {
  readonly title: string;
  readonly steps: readonly StepRow[];
  readonly last: number;
  readonly cursor: number | undefined;
  readonly onCursor: (step: number | undefined) => void;
}

const HEIGHT = 190;
const PAD = { left: 52, right: 10, top: 8, bottom: 22 };
const PLOT = HEIGHT - PAD.top - PAD.bottom;
/** Kinds that are named; the others are one. */
const KINDS_MAX = 7;
const COLUMNS_MAX = 240;
const OTHERS = 'others';

export function ShareChart({ title, steps, last, cursor, onCursor }: ShareChartProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const kinds = useMemo(() => frequentKinds(steps), [steps]);
  const columns = useMemo(() => columnsOf(steps, kinds), [steps, kinds]);
  const xs = columns.map(({ step }) => step);
  const end = Math.max(last, (xs.at(-1) ?? 0) + 1, 1);
  const inner = width - PAD.left - PAD.right;
  const px = (x: number): number => PAD.left + (inner * x) / end;
  const shown = columns[cursor === undefined ? columns.length - 1 : nearest(xs, cursor)];
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {kinds.map((kind, i) => (
            <li key={kind}>
              <i class={`key c${i % 8}`} />
              <span class="kind">{visible(kind)}</span> <b>{percent(shown?.shares[i] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot">
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`${title}, shares by outer step`}
          onPointerMove={(event) => {
            const left = event.currentTarget.getBoundingClientRect().left;
            onCursor(xs[nearest(xs, ((event.clientX - left - PAD.left) / inner) * end)]);
          }}
          onPointerLeave={() => onCursor(undefined)}
        >
          {[0, 0.5, 1].map((share) => (
            <text
              key={share}
              class="tick"
              x={PAD.left - 7}
              y={PAD.top + PLOT * (1 - share) + 4}
              text-anchor="end"
            >
              {`${100 * share} %`}
            </text>
          ))}
          {stacked(columns, kinds.length, px).map((d, i) => (
            <path key={kinds[i]} class={`part c${i % 8}`} d={d} />
          ))}
          {wholeTicks(0, end, width / 90).map((tick) => (
            <text key={tick} class="tick" x={px(tick)} y={HEIGHT - 5} text-anchor="middle">
              {tick}
            </text>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** One path for each kind: in each column a rectangle as high as its share, on those of the kinds before. */
function stacked(columns: readonly Column[], kinds: number, px: (x: number) => number): string[] {
  const above = columns.map(() => 0);
  const gap = columns.length > 80 ? 0 : 1;
  return Array.from({ length: kinds }, (_, kind) =>
    columns
      .map(({ step, shares }, i) => {
        const share = shares[kind] ?? 0;
        if (share === 0) return '';
        const y = PAD.top + PLOT * (1 - (above[i]! += share));
        const w = Math.max(1, px(columns[i + 1]?.step ?? step + 1) - px(step) - gap).toFixed(1);
        return `M${px(step).toFixed(1)},${y.toFixed(1)}h${w}v${(PLOT * share).toFixed(1)}h-${w}z`;
      })
      .join(''),
  );
}

/** The kinds asked most often over all steps, then "others". */
function frequentKinds(steps: readonly StepRow[]): string[] {
  const sums = new Map<string, number>();
  for (const { kinds } of steps)
    for (const [kind, n] of Object.entries(kinds)) sums.set(kind, (sums.get(kind) ?? 0) + n);
  const sorted = [...sums].sort(([, a], [, b]) => b - a).map(([kind]) => kind);
  return sorted.length <= KINDS_MAX ? sorted : [...sorted.slice(0, KINDS_MAX), OTHERS];
}

interface Column {
  readonly step: number;
  readonly shares: readonly number[];
}

/** One column a step; of many steps, one for several. */
function columnsOf(steps: readonly StepRow[], kinds: readonly string[]): Column[] {
  const size = Math.max(1, Math.ceil(steps.length / COLUMNS_MAX));
  const columns: Column[] = [];
  for (let from = 0; from < steps.length; from += size) {
    const part = steps.slice(from, from + size);
    const counts = kinds.map((kind) => part.reduce((sum, { kinds: found }) => sum + (found[kind] ?? 0), 0));
    const total = part.reduce(
      (sum, { kinds: found }) => sum + Object.values(found).reduce((a, b) => a + b, 0),
      0,
    );
    const named = counts.reduce((a, b) => a + b, 0);
    const others = kinds.indexOf(OTHERS);
    if (others >= 0) counts[others] = total - named + (counts[others] ?? 0);
    columns.push({ step: part[0]!.step, shares: counts.map((n) => n / Math.max(1, total)) });
  }
  return columns;
}
