/** Paths of the shipped files: base model, hard problems and curated ones, in this package's folder assets/. */
import { fileURLToPath } from 'node:url';

const assets = new URL('../assets/', import.meta.url);

/** The base model's folder, and the problem sets that `soar screen` and `soar pretrain` made with it, as paths. */
export const quickstartAssets = {
  model: fileURLToPath(new URL('base-model', assets)),
  train: fileURLToPath(new URL('hard/train.jsonl', assets)),
  test: fileURLToPath(new URL('hard/test.jsonl', assets)),
  curated: fileURLToPath(new URL('curated.jsonl', assets)),
} as const;
