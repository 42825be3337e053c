/**
 * Templates with questions in them. A template that holds nothing but text and `{{question}}` is filled in right here,
 * with what the renderer would make of it: most are, and then no thread with a deadline stands between a question and
 * its model.
 */
import { renderAll } from './renderer.js';

const QUESTION = /\{\{\s*question\s*\}\}/;

/** `template` with each of `questions` in its place, in order. Throws UserError that begins with `what`. */
export async function fillAll(
  template: string,
  questions: readonly string[],
  what: string,
): Promise<string[]> {
  // Jinja drops one end of a line at the end of a template.
  const parts = template.replace(/\n$/, '').split(QUESTION);
  const isPlain = parts.every((part) => !/\{[{%#]|[}%#]\}/.test(part));
  if (isPlain) return questions.map((question) => parts.join(question));
  return renderAll(
    questions.map((question) => ({ template, values: { question } })),
    what,
  );
}
