/**
 * A figure of a page: a drawing with a title, a legend, a caption, and the values behind it as a table. The table is
 * what a reader without sight or with a keyboard has; the page's script (behaviour.ts) shows its rows beside the
 * pointer too, so no value is written twice.
 *
 * Drawn 440 pixels wide, which is one column of the page on a desktop and nearly the width of a phone: texts stay
 * legible without a second drawing.
 */
import { draw, type Options } from './drawing.js';
import { escaped, Html, joined, markup, NOTHING } from './html.js';
import { colour } from './palette.js';
import { type Cell, table } from './table.js';

const WIDTH = 440;
/** Of the texts, in pixels of the drawing. */
const FONT = 12;
/** Mean width of a character at that size. */
const CHARACTER = 7;

export interface LegendItem {
  readonly label: string;
  /** The name of a colour of the page. */
  readonly colour: string;
  readonly mark: 'line' | 'dashed' | 'dot' | 'area' | 'rule' | 'triangle';
}

/** The values behind a figure: rows along one of its axes. */
export interface Values {
  /** The axis that the rows lie on; a reader moves along it. */
  readonly axis: 'x' | 'y';
  readonly head: readonly string[];
  readonly rows: readonly { readonly at: number | string; readonly cells: readonly Cell[] }[];
}

export interface Figure {
  /** Names the figure's anchor and file: letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly legend?: readonly LegendItem[];
  readonly plot: Omit<Options, 'width'>;
  readonly values: Values;
  /** Offsets of panels beside each other, as values of the scale fx. */
  readonly panels?: readonly number[];
}

export function figure({ name, title, caption, legend = [], plot, values, panels = [] }: Figure): Html {
  const keys = legendRows(legend);
  const top = keys.length === 0 ? 0 : keys.length * 18 + 6;
  const drawing = draw({ ...plot, width: WIDTH });
  const height = plot.height + top;
  const hover = {
    axis: values.axis,
    at: values.rows.map(({ at }) => Math.round(drawing.at(values.axis, at) ?? -1)),
    panels: panels.map((panel) =>
      Math.round((drawing.at('fx', panel) ?? 0) - (drawing.at('fx', panels[0]!) ?? 0)),
    ),
    top,
  };
  const content = new Html(
    keys.map((row, i) => `<g transform="translate(6,${i * 18 + 10})">${row}</g>`).join('') +
      `<g${top === 0 ? '' : ` transform="translate(0,${top})"`}>${drawing.content}</g>`,
  );
  const frame =
    `viewBox="0 0 ${WIDTH} ${height}" role="img" fill="currentColor" font-family="system-ui, sans-serif" ` +
    `font-size="${FONT}" text-anchor="middle" stroke-linejoin="round" stroke-linecap="round"`;
  const rows = values.rows.map(({ cells }) => cells);
  return joined(
    markup`<figure id="fig-${name}" data-hover="${JSON.stringify(hover)}">`,
    markup`<figcaption><strong>${title}</strong> ${caption}</figcaption>`,
    markup`<svg aria-label="${title}. ${caption}" ${new Html(frame)}>${content}</svg>`,
    markup`<details><summary>Values</summary>${table(values.head, rows)}</details></figure>\n`,
  );
}

/** Figures side by side where there is room. */
export function figures(...all: readonly (Html | undefined)[]): Html {
  const shown = all.filter((one) => one !== undefined && !one.isEmpty) as Html[];
  return shown.length === 0 ? NOTHING : markup`<div class="figures">${shown}</div>`;
}

/** The keys of a legend in rows, broken where a row is full. */
function legendRows(items: readonly LegendItem[]): string[] {
  const rows: string[] = [];
  let [row, x] = ['', 0];
  for (const { label, colour: name, mark } of items) {
    const width = 24 + Math.ceil(label.length * CHARACTER) + 12;
    if (x > 0 && x + width > WIDTH - 6) {
      rows.push(row);
      [row, x] = ['', 0];
    }
    row +=
      `<g transform="translate(${x},0)">${keyOf(mark, colour(name))}` +
      `<text x="24" y=".32em" text-anchor="start">${escaped(label)}</text></g>`;
    x += width;
  }
  return row === '' ? rows : [...rows, row];
}

function keyOf(mark: LegendItem['mark'], paint: string): string {
  switch (mark) {
    case 'line':
      return `<path d="M0,0h18" stroke="${paint}" stroke-width="2.5"/>`;
    case 'dashed':
      return `<path d="M0,0h18" stroke="${paint}" stroke-width="1.5" stroke-dasharray="4 3"/>`;
    case 'rule':
      return `<path d="M9,-7v14" stroke="${paint}" stroke-width="1.5" stroke-dasharray="2 2"/>`;
    case 'dot':
      return `<circle cx="9" cy="0" r="3.5" fill="${paint}"/>`;
    case 'triangle':
      return `<path d="M9,-5l5,9h-10z" fill="${paint}"/>`;
    case 'area':
      return `<rect x="2" y="-6" width="14" height="12" fill="${paint}"/>`;
  }
}

/** A label that fits: cut in the middle, since kinds and names tend to differ at both ends. */
export function cut(label: string, charactersMax: number): string {
  const all = [...label];
  if (all.length <= charactersMax) return label;
  const half = Math.floor((charactersMax - 1) / 2);
  return `${all.slice(0, charactersMax - 1 - half).join('')}…${all.slice(all.length - half).join('')}`;
}

/** Room that labels need beside a drawing, in pixels. */
export function roomFor(labels: readonly string[]): number {
  return Math.ceil(Math.max(0, ...labels.map((label) => label.length)) * CHARACTER) + 12;
}
