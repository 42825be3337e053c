/**
 * Lines over steps, as SVG that is drawn at the size of the screen. The legend shows the values at the cursor, which
 * all charts of a view share, so that nothing floats above the drawing. Points beyond what the screen can show are left
 * out (downsample.ts), so the number of elements does not grow with the run.
 */
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { downsample, downsampleRanges, type Point, type Range } from './downsample.js';
import { nearest, type Scale, scaleOf, wholeTicks } from './scale.js';
import { useWidth } from './use-width.js';

export interface Series {
  readonly name: string;
  /** Colour, 0 to 7. */
  readonly tone: number;
  readonly points: readonly Point[];
  /** Thin and pale, for what stands behind. */
  readonly faint?: boolean;
}

export interface LineChartProps {
  readonly title: string;
  readonly series: readonly Series[];
  /** From the lowest to the highest of several values at each step. */
  readonly band?: { readonly name: string; readonly ranges: readonly Range[] };
  /** Steps with a mark on the axis: promotions. */
  readonly marks?: { readonly name: string; readonly xs: readonly number[] };
  /** Level with a dashed line: tau. */
  readonly level?: { readonly name: string; readonly y: number };
  /** Values that the axis always shows. */
  readonly include?: readonly number[];
  /** Last step of the axis; default: that of the data. */
  readonly last?: number;
  readonly format: (value: number) => string;
  /** The step under the cursor of all charts. */
  readonly cursor: number | undefined;
  readonly onCursor?: (step: number | undefined) => void;
  readonly onOpen?: (step: number) => void;
  readonly empty?: string;
}

const HEIGHT = 190;
const PAD = { left: 52, right: 10, top: 8, bottom: 22 };
/** Steps up to which single points are marked. */
const DOTS_MAX = 60;

export function LineChart(props: LineChartProps): VNode {
  const { title, series, cursor } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const xs = useMemo(() => longest(series), [series]);
  const step = xs[cursor === undefined ? xs.length - 1 : nearest(xs, cursor)];
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <Legend {...props} step={step} />
      </figcaption>
      <div ref={box} class="plot">
        {xs.length === 0 ? (
          <p class="empty">{props.empty ?? 'nothing yet'}</p>
        ) : (
          <Drawing {...props} width={width} xs={xs} step={step} />
        )}
      </div>
    </figure>
  );
}

interface DrawingProps extends LineChartProps {
  readonly width: number;
  readonly xs: readonly number[];
  /** The step that the legend shows. */
  readonly step: number | undefined;
}

function Drawing(props: DrawingProps): VNode {
  const { title, series, band, marks, level, include = [], format, cursor, width, xs, step } = props;
  const inner = width - PAD.left - PAD.right;
  const columns = Math.max(40, Math.floor(inner / 1.5));
  const { lines, ranges } = useMemo(() => reduced(series, band, columns), [series, band, columns]);
  const first = xs[0]!;
  const last = Math.max(props.last ?? 0, xs.at(-1)!, first + 1);
  const values = [...lines.flatMap(({ points }) => points.map(([, y]) => y)), ...ranges.flatMap(ends)];
  const y = scaleOf(values, [...include, ...(level === undefined ? [] : [level.y])]);
  const px = (x: number): number => PAD.left + (inner * (x - first)) / (last - first);
  const py = (value: number): number =>
    PAD.top + (HEIGHT - PAD.top - PAD.bottom) * (1 - (value - y.from) / (y.to - y.from));
  const stepAt = (event: MouseEvent): number => {
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    const x = first + ((event.clientX - left - PAD.left) / inner) * (last - first);
    return xs[nearest(xs, x)]!;
  };
  return (
    <svg
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={`${title}: ${plain(series, step, format)}`}
      class={props.onOpen === undefined ? '' : 'opens'}
      onPointerMove={(event) => props.onCursor?.(stepAt(event))}
      onPointerLeave={() => props.onCursor?.(undefined)}
      onClick={(event) => props.onOpen?.(stepAt(event))}
    >
      <Axes y={y} px={px} py={py} width={width} ticks={wholeTicks(first, last, width / 90)} format={format} />
      {ranges.length > 0 && <path class="band" d={area(ranges, px, py)} />}
      {level !== undefined && (
        <line class="level" x1={PAD.left} x2={width - PAD.right} y1={py(level.y)} y2={py(level.y)} />
      )}
      {lines.map(({ name, tone, faint, points }) => (
        <path key={name} class={`line c${tone}${faint === true ? ' faint' : ''}`} d={path(points, px, py)} />
      ))}
      {xs.length <= DOTS_MAX && lines.filter(({ faint }) => faint !== true).map((each) => dots(each, px, py))}
      <Marks xs={thinned(marks?.xs ?? [], columns)} px={px} />
      {cursor !== undefined && step !== undefined && (
        <line class="cursor" x1={px(step)} x2={px(step)} y1={PAD.top} y2={HEIGHT - PAD.bottom} />
      )}
    </svg>
  );
}

/** Names with the values at the cursor, or the last ones. */
function Legend({
  series,
  band,
  marks,
  level,
  format,
  step,
}: LineChartProps & { step: number | undefined }): VNode {
  const range = band?.ranges.find(([x]) => x === step);
  return (
    <ul class="legend">
      {series
        .filter(({ faint }) => faint !== true)
        .map(({ name, tone, points }) => (
          <li key={name}>
            <i class={`key c${tone}`} />
            {name} <b>{valueAt(points, step, format)}</b>
          </li>
        ))}
      {band !== undefined && (
        <li>
          <i class="key range" />
          {band.name} {range !== undefined && <b>{`${format(range[1])} to ${format(range[2])}`}</b>}
        </li>
      )}
      {level !== undefined && (
        <li>
          <i class="key dashed" />
          {level.name} <b>{format(level.y)}</b>
        </li>
      )}
      {marks !== undefined && marks.xs.length > 0 && (
        <li>
          <i class="key mark" />
          {marks.name} <b>{marks.xs.length}</b>
        </li>
      )}
    </ul>
  );
}

interface AxesProps {
  readonly y: Scale;
  readonly px: (x: number) => number;
  readonly py: (y: number) => number;
  readonly width: number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

function Axes({ y, px, py, width, ticks, format }: AxesProps): VNode {
  return (
    <g aria-hidden="true">
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line
            class={tick === 0 ? 'grid zero' : 'grid'}
            x1={PAD.left}
            x2={width - PAD.right}
            y1={py(tick)}
            y2={py(tick)}
          />
          <text class="tick" x={PAD.left - 7} y={py(tick) + 4} text-anchor="end">
            {atAxis(format(tick))}
          </text>
        </g>
      ))}
      {ticks.map((tick) => (
        <text key={tick} class="tick" x={px(tick)} y={HEIGHT - 5} text-anchor="middle">
          {tick}
        </text>
      ))}
    </g>
  );
}

/** Small triangles on the axis. */
function Marks({ xs, px }: { readonly xs: readonly number[]; readonly px: (x: number) => number }): VNode {
  const base = HEIGHT - PAD.bottom;
  const d = xs.map((x) => `M${r(px(x))},${base - 8}l5,8h-10z`).join('');
  return <path class="mark" d={d} />;
}

function reduced(series: readonly Series[], band: LineChartProps['band'], columns: number): Reduced {
  return {
    lines: series.map((each) => ({ ...each, points: downsample(each.points, columns) })),
    ranges: downsampleRanges(band?.ranges ?? [], columns),
  };
}

interface Reduced {
  readonly lines: readonly Series[];
  readonly ranges: readonly Range[];
}

function longest(series: readonly Series[]): readonly number[] {
  const all = series.map(({ points }) => points).sort((a, b) => b.length - a.length)[0] ?? [];
  return all.map(([x]) => x);
}

function valueAt(
  points: readonly Point[],
  step: number | undefined,
  format: (value: number) => string,
): string {
  if (step === undefined) return '';
  const index = nearest(
    points.map(([x]) => x),
    step,
  );
  const found = points[index];
  return found === undefined || found[0] !== step ? '\u2013' : format(found[1]);
}

function plain(
  series: readonly Series[],
  step: number | undefined,
  format: (value: number) => string,
): string {
  const named = series.filter(({ faint }) => faint !== true);
  const values = named.map(({ name, points }) => `${name} ${valueAt(points, step, format)}`);
  return step === undefined ? '' : `step ${step}, ${values.join(', ')}`;
}

function dots({ name, tone, points }: Series, px: (x: number) => number, py: (y: number) => number): VNode {
  const d = points.map(([x, y]) => `M${r(px(x))},${r(py(y))}h0`).join('');
  return <path key={`${name} dots`} class={`dots c${tone}`} d={d} />;
}

function path(points: readonly Point[], px: (x: number) => number, py: (y: number) => number): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${r(px(x))},${r(py(y))}`).join('');
}

function area(ranges: readonly Range[], px: (x: number) => number, py: (y: number) => number): string {
  const upper = ranges.map(([x, , high], i) => `${i === 0 ? 'M' : 'L'}${r(px(x))},${r(py(high))}`);
  const lower = ranges.map(([x, low]) => `L${r(px(x))},${r(py(low))}`).reverse();
  return `${upper.join('')}${lower.join('')}Z`;
}

function ends([, low, high]: Range): number[] {
  return [low, high];
}

function thinned(xs: readonly number[], max: number): readonly number[] {
  return xs.length <= max ? xs : xs.filter((_, i) => i % Math.ceil(xs.length / max) === 0);
}

/** A round number without the digits that values need: "50 %" of "50.0 %", "0" of "+0.000". */
function atAxis(text: string): string {
  return text
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '')
    .replace(/^[+\u2212]0$/, '0');
}

/** A coordinate, rounded to one decimal. */
function r(value: number): number {
  return Math.round(value * 10) / 10;
}
