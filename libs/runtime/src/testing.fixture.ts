/** The tiny model of the tests: the folder that transformers made (libs/model/testdata), and one made here. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readModelConfig } from './model-folder.js';
import { runtimeSettings, type RuntimeSettings } from './settings.js';

export const tinyFolder = fileURLToPath(new URL('../../model/testdata/tiny-llama', import.meta.url));
export const tinyConfig = readModelConfig(tinyFolder);

/** Token ids, the log-probabilities of their successors and their mean hidden state, computed by PyTorch. */
export const reference = JSON.parse(readFileSync(`${tinyFolder}/reference.json`, 'utf8')) as {
  readonly tokens: readonly number[];
  readonly nextLogprobs: readonly number[];
  /** Mean over the tokens of the last hidden states. */
  readonly meanHidden: readonly number[];
};

export function settings(given: Partial<RuntimeSettings> = {}): RuntimeSettings {
  return runtimeSettings({ workers: 1, memoryBytes: 2 ** 30, ...given });
}

/** Sampling at temperature 1 up to 24 tokens. */
export const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 24, stopIds: [2] };
