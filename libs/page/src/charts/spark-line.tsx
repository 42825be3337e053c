/** A few lines over the last minutes, small, without axes: the caption has the scale. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { duration } from '../format.js';
import { useWidth } from './use-width.js';

export interface SparkSeries {
  readonly name: string;
  /** Colour, 0 to 7. */
  readonly tone: number;
  /** Time in milliseconds, and value. */
  readonly points: readonly (readonly [ms: number, value: number])[];
}

interface SparkLineProps {
  readonly title: string;
  readonly series: readonly SparkSeries[];
  readonly fromMs: number;
  readonly toMs: number;
  /** The upper edge, at least. */
  readonly top: number;
  readonly format: (value: number) => string;
}

const HEIGHT = 56;
const PAD = 3;

export function SparkLine({ title, series, fromMs, toMs, top, format }: SparkLineProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const highest = Math.max(top, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const px = (ms: number): number => PAD + ((width - 2 * PAD) * (ms - fromMs)) / (toMs - fromMs);
  const py = (value: number): number => HEIGHT - PAD - ((HEIGHT - 2 * PAD) * value) / (highest || 1);
  const span = (toMs - fromMs) / 1000;
  const now = series.map(({ name, points }) => `${name} ${format(points.at(-1)?.[1] ?? 0)}`);
  return (
    <figure class="spark">
      <figcaption>
        {title}{' '}
        <span class="soft">
          0 to {format(highest)}, last {duration(span)}
        </span>
        <ul class="legend">
          {series.map(({ name, tone, points }) => (
            <li key={name}>
              <i class={`key c${tone}`} />
              {name} <b>{format(points.at(-1)?.[1] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot">
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`${title} of the last ${duration(span)}: now ${now.join(', ')}`}
        >
          <line class="grid" x1={PAD} x2={width - PAD} y1={py(0)} y2={py(0)} />
          {series.map(({ name, tone, points }) => (
            <path
              key={name}
              class={`line c${tone}`}
              d={points
                .map(([ms, value], i) => `${i === 0 ? 'M' : 'L'}${px(ms).toFixed(1)},${py(value).toFixed(1)}`)
                .join('')}
            />
          ))}
        </svg>
      </div>
    </figure>
  );
}
