/**
 * Draws with Observable Plot where there is no browser: linkedom is the document. Returns the content of the SVG
 * without its frame, made small: coordinates have one decimal, paths are relative, and Plot's style sheet is left out,
 * as the page has its own. The same input gives the same text, also in a process that has drawn before.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export type Options = Plot.PlotOptions & { readonly width: number; readonly height: number };

export interface Drawing {
  readonly content: string;
  /** Where a value stands, in pixels of the drawing; undefined where it is not on the scale. */
  at(scale: 'x' | 'y' | 'fx', value: number | string): number | undefined;
}

/** Attributes that hold coordinates. `transform` moves facets and ticks. */
const LENGTHS = ['x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height', 'transform'];
/** Attributes that say nothing in an image, or that the figure's frame has for all (figure.ts). */
const LEFT_OUT = [
  'aria-label',
  'aria-hidden',
  'aria-description',
  'font-variant',
  'stroke-linecap',
  'stroke-linejoin',
];

export function draw(options: Options): Drawing {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  // Fonts are the page's; Plot reserves room for the text by its own table of widths.
  const svg = Plot.plot({ ...options, document, className: 'plot', figure: false });
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const element of svg.querySelectorAll('*')) {
    for (const name of LEFT_OUT) element.removeAttribute(name);
    for (const name of LENGTHS) {
      const value = element.getAttribute(name);
      if (value === null || value.endsWith('em')) continue;
      element.setAttribute(
        name,
        value.replace(/-?\d+\.\d+/g, (n) => tenth(Math.round(10 * Number(n)))),
      );
    }
    const path = element.getAttribute('d');
    if (path !== null) element.setAttribute('d', relative(path));
  }
  for (const group of svg.querySelectorAll('g')) {
    if (group.getAttribute('transform') === 'translate(0,0)') group.removeAttribute('transform');
    if (group.attributes.length === 0) group.replaceWith(...group.childNodes);
  }
  return {
    content: svg.innerHTML.replaceAll(' />', '/>'),
    at: (name, value) => {
      const found: unknown = svg.scale(name)?.apply(value);
      return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
    },
  };
}

/**
 * A path of M, L and Z with relative steps between rounded points, of which those that go straight on are one; other
 * paths as they are.
 */
export function relative(path: string): string {
  if (!/^[MLZ\d.,e-]*$/.test(path)) return path;
  let [x, y] = [0, 0];
  const written: string[] = [];
  // Steps to the right, left, up or down that are not written yet.
  let [dx, dy] = [0, 0];
  const flush = (): void => {
    if (dx !== 0 && dy !== 0) written.push(`l${tenth(dx)}${dy < 0 ? '' : ','}${tenth(dy)}`);
    else if (dx !== 0) written.push(`h${tenth(dx)}`);
    else if (dy !== 0) written.push(`v${tenth(dy)}`);
    [dx, dy] = [0, 0];
  };
  for (const [, command, point] of path.matchAll(/([MLZ])([^MLZ]*)/g)) {
    const [toX, toY] = point!.split(',').map((n) => Math.round(10 * Number(n)));
    if (command === 'Z' || toX === undefined || toY === undefined) {
      flush();
      written.push('Z');
      continue;
    }
    const [stepX, stepY] = [toX - x, toY - y];
    [x, y] = [toX, toY];
    const goesOn =
      (stepY === 0 && dy === 0 && stepX * dx >= 0) || (stepX === 0 && dx === 0 && stepY * dy >= 0);
    if (command === 'M' || !goesOn) flush();
    if (command === 'M') written.push(`M${tenth(x)},${tenth(y)}`);
    else [dx, dy] = [dx + stepX, dy + stepY];
  }
  flush();
  return written.join('');
}

/** A tenth of a whole number, in as few characters as an SVG needs: -3 -> "-.3". */
function tenth(value: number): string {
  return String(value / 10).replace(/^(-?)0\./, '$1.');
}
