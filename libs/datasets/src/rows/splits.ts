/**
 * Which files of a folder or an archive are read. Splits are found in names as Hugging Face `datasets` finds them:
 * test.jsonl, data/train-00000-of-00002.parquet, MATH/train/algebra/1.json.
 */
import { UserError } from '@soar/core';

/** Which split is wanted, where there are several. */
export interface SplitChoice {
  /** The user's choice. */
  readonly split?: string | undefined;
  /** What is taken without one. */
  readonly preferred?: string | undefined;
}

const KEYWORDS: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  eval: 'test',
  evaluation: 'test',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
};
const KEYWORD = new RegExp(`(?<![A-Za-z0-9])(?:${Object.keys(KEYWORDS).join('|')})(?![A-Za-z0-9])`, 'g');

const DATA_FILE = /\.(?:jsonl|ndjson|json|csv|tsv|parquet|arrow)(?:\.gz)?$/i;
/** Files that stand beside data. */
const HIDDEN_FILE = /(?:^|\/)[._][^/]*(?:$|\/)/;
const DESCRIPTION_FILE =
  /(?:^|\/)(?:manifest|state|dataset_(?:info|infos|dict)|config|generation_config|tokenizer(?:_config)?)\.json$/;

/** The files of `source` to read, from their names below it, sorted. Throws UserError if a choice is missing. */
export function chooseFiles(
  names: readonly string[],
  { split, preferred }: SplitChoice,
  source: string,
): string[] {
  const files = dataFiles(names);
  const refuse = (what: string): UserError => new UserError(`${source}: ${what}`, 'INVALID_ARGUMENT', source);
  if (files.length === 0)
    throw refuse('holds no problem files (.jsonl, .json, .csv, .tsv, .parquet, .arrow, each also as .gz)');
  const places = new Map(files.map((file) => [file, splitOf(file)]));
  const found = [...new Set(files.map((file) => places.get(file)!.split))];
  const wanted = split ?? (found.length > 1 && found.includes(preferred) ? preferred : undefined);
  if (wanted === undefined && found.length > 1)
    throw refuse(
      `holds the splits ${found.map((name) => name ?? '(none)').join(', ')}; choose one with --split`,
    );
  const chosen = wanted === undefined ? files : files.filter((file) => places.get(file)!.split === wanted);
  if (chosen.length === 0) {
    const known = found.filter((name) => name !== undefined).join(', ');
    const has = known === '' ? 'its files name no splits' : `it has ${known}`;
    throw refuse(`has no split ${JSON.stringify(wanted)}; ${has}`);
  }
  const sets = [...new Set(chosen.map((file) => places.get(file)!.set).filter((set) => set !== undefined))];
  if (sets.length > 1) {
    const shown = sets.map((set) => (set === '' ? './' : set)).join(', ');
    throw refuse(`holds several data sets: ${shown}; name one of these folders`);
  }
  return chosen;
}

/** The splits that the files among these names state. */
export function splitsIn(names: readonly string[]): string[] {
  return [...new Set(dataFiles(names).flatMap((name) => splitOf(name).split ?? []))];
}

function dataFiles(names: readonly string[]): string[] {
  return names
    .filter((name) => DATA_FILE.test(name) && !HIDDEN_FILE.test(name) && !DESCRIPTION_FILE.test(name))
    .sort(inOrder);
}

/** The split that a file's name states, and the folder above it, which names the data set ("main", "socratic"). */
export function splitOf(name: string): {
  readonly split: string | undefined;
  readonly set: string | undefined;
} {
  const last = [...name.matchAll(KEYWORD)].at(-1);
  const shard = /^(.*?)([^/]+)-\d{5}-of-\d{5}\./.exec(name);
  const [split, at] =
    last !== undefined
      ? [KEYWORDS[last[0]], last.index]
      : shard !== null && shard[2] !== 'data'
        ? [shard[2], shard[1]!.length]
        : [];
  if (split === undefined) return { split: undefined, set: undefined };
  return {
    split,
    set: name.slice(0, name.slice(0, at).lastIndexOf('/') + 1).replace(/(?:^|(?<=\/))data\/$/, ''),
  };
}

/** Names in order, numbers in them by value: part-2 before part-10. */
function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
