/**
 * The page's script: shows the values under the pointer or the arrow keys, and saves a figure as an SVG file. It runs
 * in a browser: its functions are put into the page as text, so they use nothing but each other. The page is whole
 * without it; the values are in the tables.
 */
import { LIGHT, variables } from './palette.js';

/** What a figure says of its rows (figure.ts). Lengths are in pixels of the drawing. */
interface Hover {
  readonly axis: 'x' | 'y';
  /** Where each row lies on the axis; negative for one that is not drawn. */
  readonly at: readonly number[];
  /** Offsets of panels beside each other. */
  readonly panels: readonly number[];
  /** Height of the legend, which is above the drawing. */
  readonly top: number;
}

/** Shows a row of the figure's table beside its place in the drawing; -1 hides it. */
function showRow(figure: HTMLElement, hover: Hover, row: number, panel: number): void {
  const svg = figure.querySelector('svg')!;
  const tip = figure.querySelector<HTMLElement>('.tip')!;
  svg.querySelector('.cursor')?.remove();
  tip.replaceChildren();
  figure.dataset['row'] = String(row);
  const cells = figure.querySelectorAll('tbody tr')[row]?.querySelectorAll('td');
  if (cells === undefined) return;
  figure.querySelectorAll('thead th').forEach((head, i) => {
    const value = cells[i]?.textContent ?? '';
    if (value === '') return;
    const line = document.createElement(i === 0 ? 'b' : 'div');
    if (i === 0) line.textContent = hover.axis === 'x' ? `${head.textContent} ${value}` : value;
    else
      for (const text of [head.textContent, value]) {
        const part = document.createElement('span');
        part.textContent = text;
        line.append(part);
      }
    tip.append(line);
  });
  const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const isX = hover.axis === 'x';
  const at = hover.at[row]! + (isX ? (hover.panels[panel] ?? 0) : hover.top);
  const cursor = document.createElementNS(svg.namespaceURI, 'path');
  cursor.setAttribute('class', 'cursor');
  cursor.setAttribute('d', isX ? `M${at},${hover.top}V${height - 30}` : `M0,${at}H${width}`);
  svg.append(cursor);
  const scale = svg.clientWidth / width;
  const isRight = isX && at > width / 2;
  const left = isRight ? at * scale - tip.offsetWidth - 12 : isX ? at * scale + 12 : 40;
  tip.style.left = `${Math.max(0, Math.min(left, figure.clientWidth - tip.offsetWidth))}px`;
  const above = svg.getBoundingClientRect().top - figure.getBoundingClientRect().top;
  tip.style.top = `${above + (isX ? hover.top * scale + 8 : at * scale + 14)}px`;
}

/** The row and the panel that are nearest to a place of the drawing. */
function nearest(hover: Hover, x: number, y: number): readonly [row: number, panel: number] {
  const value = hover.axis === 'x' ? x : y - hover.top;
  let [best, row, panel] = [Infinity, -1, 0];
  for (const [p, offset] of (hover.panels.length === 0 ? [0] : hover.panels).entries())
    for (const [r, at] of hover.at.entries()) {
      const distance = Math.abs(at + (hover.axis === 'x' ? offset : 0) - value);
      if (at >= 0 && distance < best) [best, row, panel] = [distance, r, p];
    }
  return [row, panel];
}

function follow(figure: HTMLElement): void {
  const svg = figure.querySelector('svg')!;
  const hover = JSON.parse(figure.dataset['hover']!) as Hover;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  figure.append(tip);
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [row, panel] = nearest(
      hover,
      (event.clientX - box.left) * scale,
      (event.clientY - box.top) * scale,
    );
    showRow(figure, hover, row, panel);
  });
  for (const end of ['pointerleave', 'blur']) svg.addEventListener(end, () => showRow(figure, hover, -1, 0));
  svg.setAttribute('tabindex', '0');
  svg.addEventListener('keydown', (event) => {
    const row = Number(figure.dataset['row'] ?? -1);
    const last = hover.at.length - 1;
    const steps = { ArrowRight: row + 1, ArrowDown: row + 1, ArrowLeft: row - 1, ArrowUp: row - 1 };
    const next = { ...steps, Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    showRow(figure, hover, event.key === 'Escape' ? -1 : Math.max(0, Math.min(last, next)), 0);
  });
}

/** Adds a button that saves the figure, in the colours of a light page, with which it can be printed. */
function offerFile(figure: HTMLElement, colours: Readonly<Record<string, string>>): void {
  const button = document.createElement('button');
  button.className = 'save';
  button.type = 'button';
  button.textContent = 'SVG';
  const name = figure.id.replace('fig-', 'soar-');
  button.title = `Save this figure as ${name}.svg`;
  button.addEventListener('click', () => {
    const svg = figure.querySelector('svg')!.cloneNode(true) as SVGSVGElement;
    const { width, height } = svg.viewBox.baseVal;
    svg.querySelector('.cursor')?.remove();
    svg.removeAttribute('tabindex');
    svg.setAttribute('width', String(width));
    svg.setAttribute('height', String(height));
    svg.setAttribute('color', colours['ink']!);
    const paper = document.createElementNS(svg.namespaceURI, 'rect');
    for (const [key, value] of Object.entries({ width: '100%', height: '100%', fill: colours['page']! }))
      paper.setAttribute(key, value);
    svg.prepend(paper);
    const text = new XMLSerializer().serializeToString(svg);
    const plain = text.replace(/var\(--(\w+)\)/g, (whole, key: string) => colours[key] ?? whole);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([plain], { type: 'image/svg+xml' }));
    link.download = `${name}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  figure.append(button);
}

function begin(colours: Readonly<Record<string, string>>): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-hover]')) {
    follow(figure);
    offerFile(figure, colours);
  }
}

/**
 * The text of the script, without indentation, as every page has it. Only constants of this project are in it, never a
 * text of a report.
 */
export const SCRIPT = [showRow, nearest, follow, offerFile, begin]
  .map(String)
  .concat(`begin(${JSON.stringify(variables(LIGHT))});`)
  .join('\n')
  .replace(/^ +/gm, '');
