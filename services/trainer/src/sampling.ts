/** How requests say that tokens are drawn, as the runtime takes it. */
import type { SamplingConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { SamplingSettings } from '@soar/runtime';
import type { Model } from './checkpoints.js';

export function samplingOf(config: SamplingConfig, { config: { eosTokenIds } }: Model): SamplingSettings {
  const { temperature, topK, topP, maxNewTokens } = config;
  return { temperature, topK, topP, maxNewTokens, stopIds: eosTokenIds };
}

/**
 * Refuses sampling whose tokens do not follow the distribution that the loss differentiates: greedy, or truncated by top-k
 * or top-p. `field` is where the request says so.
 */
export function requireUntruncated({ temperature, topK, topP }: SamplingConfig, field: string): void {
  const refuse = (name: string, what: string): never => {
    throw new UserError(`${field}.${name}: ${what}`, 'INVALID_ARGUMENT', `${field}.${name}`);
  };
  if (temperature <= 0) refuse('temperature', 'training needs one above 0, got 0 (greedy decoding)');
  if (topK > 0) refuse('top_k', `truncated sampling cannot be trained on: expected 0, got ${topK}`);
  if (topP > 0 && topP < 1) {
    refuse('top_p', `truncated sampling cannot be trained on: expected 0 or 1, got ${topP}`);
  }
}
