/**
 * Markup that is safe by construction: a template escapes every text that is put into it, and only takes other markup
 * as it is. Texts may come from a model or from a file, so none reaches a page in any other way.
 */
import { printable } from '@soar/core';

/** Markup, as opposed to text. */
export class Html {
  constructor(readonly markup: string) {}

  get isEmpty(): boolean {
    return this.markup === '';
  }
}

export type Content = string | number | Html | readonly Content[];

export const NOTHING = new Html('');

/** A template of markup: markup`<p>${text}</p>`. */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.map((part, i) => part + markupOf(contents[i] ?? '')).join(''));
}

/** Contents one after the other. */
export function joined(...contents: readonly Content[]): Html {
  return new Html(markupOf(contents));
}

/**
 * Text escaped for HTML and SVG, attributes included. Control characters, which could turn the direction of a line or
 * make an SVG file unreadable, are written out.
 */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return escaped(String(content));
}
