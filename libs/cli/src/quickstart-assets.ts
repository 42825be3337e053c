/** Where the embedded default stands: the files of libs/quickstart/assets. */
import { fileURLToPath } from 'node:url';

const assets = new URL('../assets/', import.meta.resolve('@soar/quickstart'));

/** The base model's folder and the hard set that `soar screen` made with it, as paths. */
export const quickstartAssets = {
  model: fileURLToPath(new URL('base-model', assets)),
  train: fileURLToPath(new URL('hard/train.jsonl', assets)),
  test: fileURLToPath(new URL('hard/test.jsonl', assets)),
  curated: fileURLToPath(new URL('curated.jsonl', assets)),
} as const;
