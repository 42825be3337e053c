/**
 * Charts of a report as inline SVG: bars with intervals, lines with bands, stacked shares. Pure strings; colours are
 * the page's custom properties, so that one drawing serves light and dark. Texts are escaped, as a model may have
 * written them.
 */

/** Text escaped for HTML and SVG, attributes included. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly interval?: readonly [number, number] | undefined;
  /** Single scores, drawn as dots. */
  readonly dots: readonly number[];
}

const WIDTH = 720;
const LABEL = 170;
const ROW = 26;
const BOTTOM = 24;

/** Horizontal bars over [0, 1], with intervals as whiskers. */
export function barChart(bars: readonly Bar[], caption: string): string {
  const height = bars.length * ROW + BOTTOM;
  const x = (value: number): number => LABEL + (WIDTH - LABEL - 64) * value;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (v) =>
      `<line class="grid" x1="${r(x(v))}" x2="${r(x(v))}" y1="0" y2="${height - BOTTOM}"/>` +
      `<text class="tick" x="${r(x(v))}" y="${height - 8}" text-anchor="middle">${Math.round(100 * v)} %</text>`,
  );
  const rows = bars.map(({ label, value, interval, dots }, i) => {
    const y = i * ROW + ROW / 2;
    const whisker =
      interval === undefined
        ? ''
        : `<line class="whisker" x1="${r(x(interval[0]))}" x2="${r(x(interval[1]))}" y1="${y}" y2="${y}"/>`;
    const points = dots.map((dot) => `<circle class="dot" cx="${r(x(dot))}" cy="${y}" r="2.5"/>`);
    const end = Math.max(x(value), x(interval?.[1] ?? 0), ...dots.map(x)) + 8;
    return (
      `<text class="label" x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escaped(label)}</text>` +
      `<rect class="bar" x="${LABEL}" y="${y - 8}" width="${r(Math.max(0.5, x(value) - LABEL))}" height="16"/>` +
      `${whisker}${points.join('')}<text class="value" x="${r(end)}" y="${y + 4}">${percent(value)}</text>`
    );
  });
  return figure(height, grid.join('') + rows.join(''), caption);
}

export interface Line {
  readonly label: string;
  /** The steps of the values, ascending. */
  readonly steps: readonly number[];
  readonly mean: readonly number[];
  /** Minimum and maximum at each step, drawn as a band. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /**
   * The curves behind the mean, drawn as thin lines. Used for scores that are either high or low, where a band would
   * mislead.
   */
  readonly singles?: readonly (readonly (readonly [step: number, value: number])[])[];
}

/** Width that the names of kinds take beside a share chart. */
const KINDS = 150;

const PLOT = { height: 230, left: 46, right: 130, top: 8, bottom: 34 };

/** Lines with bands or single lines over steps; y from `from` to `to`. `marks`: steps with a vertical line. */
export function lineChart(
  lines: readonly Line[],
  { from, to, x: xTitle, marks = [] }: { from: number; to: number; x: string; marks?: readonly number[] },
  caption: string,
): string {
  const all = lines.flatMap(({ steps }) => steps);
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const { height, left, right, top, bottom } = PLOT;
  const x = (step: number): number =>
    left + ((WIDTH - left - right) * (step - first)) / Math.max(1, last - first);
  const y = (value: number): number =>
    top + (height - top - bottom) * (1 - (Math.min(to, Math.max(from, value)) - from) / (to - from));
  const path = (steps: readonly number[], values: readonly number[]): string =>
    values.map((value, i) => `${i === 0 ? 'M' : 'L'}${r(x(steps[i]!))},${r(y(value))}`).join('');
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const value = from + part * (to - from);
    return (
      `<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${r(y(value))}" y2="${r(y(value))}"/>` +
      `<text class="tick" x="${left - 6}" y="${r(y(value) + 4)}" text-anchor="end">${+value.toFixed(2)}</text>`
    );
  });
  const flags = marks.map(
    (step) =>
      `<line class="mark" x1="${r(x(step))}" x2="${r(x(step))}" y1="${top}" y2="${height - bottom}"/>`,
  );
  // Labels at the lines' ends, moved apart where they would overlap.
  const ends = lines
    .map(({ label, mean }, i) => ({ label, i, y: y(mean.at(-1) ?? from) }))
    .sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i]!.y = Math.max(ends[i]!.y, ends[i - 1]!.y + 14);
  const labels = ends.map(
    (end) =>
      `<text class="label c${end.i % COLOURS}" x="${WIDTH - right + 8}" y="${r(end.y + 4)}">` +
      `${escaped(end.label)}</text>`,
  );
  const drawn = lines.map(({ steps, mean, band, singles = [] }, i) => {
    const colour = `c${i % COLOURS}`;
    const area = (low: readonly number[], high: readonly number[]): string => {
      const back = steps.map((step, at) => `L${r(x(step))},${r(y(low[at]!))}`).reverse();
      return `<path class="band ${colour}" d="${path(steps, high)}${back.join('')}Z"/>`;
    };
    const thin = singles.map((points) => {
      const [at, values] = [points.map(([step]) => step), points.map(([, value]) => value)];
      return `<path class="single ${colour}" d="${path(at, values)}"/>`;
    });
    return (
      (band === undefined ? '' : area(band.low, band.high)) +
      `${thin.join('')}<path class="line ${colour}" d="${path(steps, mean)}"/>`
    );
  });
  const axis =
    `<text class="tick" x="${left}" y="${height - 14}">${last > first ? first : ''}</text>` +
    `<text class="tick" x="${WIDTH - right}" y="${height - 14}" text-anchor="end">${last}</text>` +
    `<text class="tick" x="${(left + WIDTH - right) / 2}" y="${height - 14}" text-anchor="middle">` +
    `${escaped(xTitle)}</text>`;
  return figure(height, grid.join('') + flags.join('') + drawn.join('') + labels.join('') + axis, caption);
}

/** Columns of shares that add up to 1, one column per step; `kinds` names the parts, bottom first. */
export function shareChart(
  kinds: readonly string[],
  columns: readonly (readonly number[])[],
  caption: string,
): string {
  const { height, left, top, bottom } = PLOT;
  const right = KINDS;
  const width = (WIDTH - left - right) / Math.max(1, columns.length);
  // One path per kind: each column has a rectangle as high as the share, stacked on those of the kinds before.
  const above = columns.map(() => 0);
  const parts = kinds.map((_, kind) => {
    const rectangles = columns.map((shares, step) => {
      const share = shares[kind]!;
      if (share === 0) return '';
      const y = height - bottom - (height - top - bottom) * (above[step]! += share);
      const w = r(Math.max(1, width - 2));
      return `M${r(left + step * width + 1)},${r(y)}h${w}v${r((height - top - bottom) * share)}h-${w}z`;
    });
    return `<path ${partStyle(kind)} d="${rectangles.join('')}"/>`;
  });
  const legend = kinds.map((kind, i) => {
    const y = top + 10 + (kinds.length - 1 - i) * 18;
    return (
      `<rect ${partStyle(i)} x="${WIDTH - right + 8}" y="${y - 9}" width="11" height="11"/>` +
      `<text class="label" x="${WIDTH - right + 24}" y="${y + 1}">${escaped(kind)}</text>`
    );
  });
  const axis =
    `<text class="tick" x="${left}" y="${height - 14}">0</text>` +
    `<text class="tick" x="${WIDTH - right}" y="${height - 14}" text-anchor="end">${columns.length - 1}</text>` +
    `<text class="tick" x="${(left + WIDTH - right) / 2}" y="${height - 14}" text-anchor="middle">outer step</text>`;
  return figure(
    Math.max(height, top + 20 + kinds.length * 18),
    parts.join('') + legend.join('') + axis,
    caption,
  );
}

/**
 * Fill of part `i` of a share chart: every round of the colours is paler than the one before, so that 24 parts can be
 * told apart.
 */
function partStyle(i: number): string {
  const paler = ['', ' fill-opacity=".55"', ' fill-opacity=".3"'];
  return `class="part c${i % COLOURS}"${paler[Math.min(Math.floor(i / COLOURS), 2)]}`;
}

/** Colours that the page defines, c0 to c7. */
export const COLOURS = 8;

function figure(height: number, content: string, caption: string): string {
  const text = escaped(caption);
  return (
    `<figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${text}">${content}</svg>` +
    `<figcaption>${text}</figcaption></figure>`
  );
}

export function percent(share: number): string {
  return `${tenths(share)} %`;
}

/** A share in percent, never "-0.0". */
export function tenths(share: number): string {
  return (100 * share).toFixed(1).replace(/^-(0\.0)$/, '$1');
}

/** A coordinate, rounded to one decimal. */
function r(value: number): string {
  return String(Math.round(value * 10) / 10);
}
