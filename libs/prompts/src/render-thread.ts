/**
 * The thread that renders templates. They come from model folders and configurations and are hostile until rendered: an
 * endless loop ends with the thread, which has a deadline and a memory limit (renderer.ts), and nothing but the
 * messages is in reach of a template.
 *
 * As in transformers but for one thing: there is no clock (`strftime_now`), so that a prompt is the same every day;
 * templates that ask whether it is defined fall back to a date of their own.
 */
import { parentPort } from 'node:worker_threads';
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { messageOf } from '@soar/core';

/** A template and the values of its names. */
export interface Render {
  readonly template: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface RenderRequest {
  readonly id: number;
  readonly renders: readonly Render[];
}

export interface RenderResponse {
  readonly id: number;
  readonly texts?: readonly string[];
  /** What is wrong with the template, and the line where that is known. */
  readonly error?: string;
}

/** Longest text of a render, in UTF-16 units. */
const CHARS_MAX = 256 * 1024;
/** Longest range(); Jinja's own sandbox has this limit. */
const RANGE_MAX = 100_000;

type Program = ReturnType<typeof parse>;
/** Renders come in batches of one template. */
const parsed = new Map<string, Program>();
const PARSED_MAX = 16;

function programOf(template: string): Program {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const program = compile(template);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(template, program);
  return program;
}

function compile(template: string): Program {
  return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
}

function render({ template, values }: Render): string {
  const env = new Environment();
  const globals = {
    false: false,
    False: false,
    true: true,
    True: true,
    none: null,
    None: null,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    range,
    ...values,
  };
  for (const [name, value] of Object.entries(globals)) env.set(name, value);
  const text = String(new Interpreter(env).run(programOf(template)).value);
  if (text.length > CHARS_MAX) throw new Error(`it makes a text of more than ${CHARS_MAX} characters`);
  return text;
}

/** Python's range. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= RANGE_MAX)) throw new Error(`range of ${length} numbers, expected at most ${RANGE_MAX}`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/**
 * The line at which a template goes wrong, from 1: the library says what is wrong and not where, but the first lines up
 * to the wrong one make it say the same.
 */
function lineOf(template: string, message: string): number | undefined {
  const lines = template.split('\n');
  const at = lines.findIndex((_, i) => errorOf(lines.slice(0, i + 1).join('\n')) === message);
  return at < 0 ? undefined : at + 1;
}

function errorOf(template: string): string | undefined {
  try {
    compile(template);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function answer({ id, renders }: RenderRequest): RenderResponse {
  for (const { template } of renders) {
    const message = errorOf(template);
    if (message === undefined) continue;
    const line = lineOf(template, message);
    return { id, error: line === undefined ? message : `line ${line}: ${message}` };
  }
  try {
    return { id, texts: renders.map(render) };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

parentPort!.on('message', (request: RenderRequest) => parentPort!.postMessage(answer(request)));
