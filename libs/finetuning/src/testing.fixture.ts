/** The tiny model of the tests: the weights of libs/model/testdata/tiny-llama with a tokenizer of characters. */
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FinetuneOptions, FinetuneRequest } from './finetune.js';
import type { Measurement } from './working-folder.js';

export const testdata = fileURLToPath(new URL('../testdata/', import.meta.url));

/** Makes the model in a new folder below `scratch`, and names a result beside it. */
export function makeModel(scratch: string): { readonly folder: string; readonly out: string } {
  const place = mkdtempSync(join(scratch, 'case-'));
  const folder = join(place, 'model');
  cpSync(fileURLToPath(new URL('../../model/testdata/tiny-llama', import.meta.url)), folder, {
    recursive: true,
  });
  cpSync(join(testdata, 'model'), folder, { recursive: true });
  return { folder, out: join(place, 'out') };
}

/** A request over the rows of testdata. */
export function requestFor(
  { folder, out }: { readonly folder: string; readonly out: string },
  settings: Partial<FinetuneRequest> = {},
): FinetuneRequest {
  const data = { paths: [join(testdata, 'rows.jsonl')], heldOut: [join(testdata, 'held-out.jsonl')] };
  return { model: { folder }, data, out, memoryBytes: 2 ** 29, ...settings };
}

/** Options that record what they are told. */
export function recording(given: Partial<FinetuneOptions> = {}) {
  const measured: Measurement[] = [];
  const resumedFrom: number[] = [];
  const options: FinetuneOptions = {
    signal: new AbortController().signal,
    onPlan: (_plan, _data, step) => void resumedFrom.push(step),
    onStep: () => undefined,
    onMeasured: (measurement) => void measured.push(measurement),
    ...given,
  };
  return { options, measured, resumedFrom };
}

/** Names and bytes of the files in a folder. */
export function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}
