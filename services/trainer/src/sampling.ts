/** How requests say that tokens are drawn, as the runtime takes it. */
import type { SamplingConfig } from '@soar/contracts';
import type { SamplingSettings } from '@soar/runtime';
import type { Model } from './checkpoints.js';
import type { AnswerEnds } from './problems.js';

export function samplingOf(
  config: SamplingConfig,
  { config: { eosTokenIds } }: Model,
  endIds: AnswerEnds['endIds'] = [],
): SamplingSettings {
  const { temperature, topK, topP, maxNewTokens } = config;
  return { temperature, topK, topP, maxNewTokens, stopIds: [...new Set([...eosTokenIds, ...endIds])] };
}
