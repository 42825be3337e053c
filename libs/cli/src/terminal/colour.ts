/** Colour, where it helps: what went well, what needs attention. Meaning never depends on it. */
import { styleText } from 'node:util';

/** How a line is meant. */
export type Tone = 'good' | 'warning' | 'failure';

const COLOURS = { good: 'green', warning: 'yellow', failure: 'red' } as const satisfies Record<Tone, string>;

/** Of text that has no escapes of its own. Each line by itself, as a terminal ends a colour where it scrolls. */
export function coloured(text: string, tone: Tone): string {
  return text
    .split('\n')
    .map((line) => styleText(COLOURS[tone], line, { validateStream: false }))
    .join('\n');
}
