/** Where the embedded default stands: the files of libs/quickstart/assets. */
import { fileURLToPath } from 'node:url';
import { parseProblemLines, requireDisjoint, type Problem } from '@soar/datasets';
import { readText } from './files.js';

const assets = new URL('../assets/', import.meta.resolve('@soar/quickstart'));

/** Folder of the base model. */
export function quickstartModel(): string {
  return fileURLToPath(new URL('base-model', assets));
}

/** The hard set that `soar screen` made from the pool with the base model. */
export function quickstartProblems(): { readonly train: Problem[]; readonly test: Problem[] } {
  const read = (name: string): Problem[] => {
    const path = fileURLToPath(new URL(`hard/${name}`, assets));
    return parseProblemLines(readText(path, 'the embedded problems'), path);
  };
  const train = read('train.jsonl');
  const test = read('test.jsonl');
  requireDisjoint(train, 'train.jsonl', test, 'test.jsonl');
  return { train, test };
}
