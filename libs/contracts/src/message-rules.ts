/**
 * The rules over a whole message, by id: what the CEL expressions of the .proto files say, as functions. Clients in
 * other languages evaluate the expressions; rules.test.ts compares both.
 */
import { type AdapterConfig, KlPlacement, type PromptConfig } from './gen/soar/common/v1/common_pb.js';
import type { ComparisonConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import type { GenerateRequest, UpdatePolicyRequest } from './gen/soar/trainer/v1/trainer_service_pb.js';

/** Whether a message keeps the rule. */
export const messageRules: ReadonlyMap<string, (message: never) => boolean> = new Map<
  string,
  (message: never) => boolean
>([
  [
    'adapter_config.rank',
    ({ rank, alpha, targets, rslora }: AdapterConfig) =>
      rank === undefined || rank > 0 || (alpha === 0 && targets.length === 0 && !rslora),
  ],
  ['adapter_config.dropout', ({ dropout }: AdapterConfig) => dropout === 0],
  [
    'comparison_config.pass_at',
    ({ passAt, samplesPerProblem }: ComparisonConfig) => passAt.every((k) => k <= samplesPerProblem),
  ],
  [
    'generate_request.chats',
    ({ chats, prompts }: GenerateRequest) =>
      chats.length === 0 ? prompts.length > 0 : [0, chats.length].includes(prompts.length),
  ],
  ['prompt_config.one', ({ messages, text }: PromptConfig) => messages.length === 0 || text === ''],
  [
    'generate_request.chats',
    ({ chats, prompts }: GenerateRequest) =>
      chats.length === 0 ? prompts.length > 0 : [0, chats.length].includes(prompts.length),
  ],
  ['prompt_config.one', ({ messages, text }: PromptConfig) => messages.length === 0 || text === ''],
  ['update_policy_request.kl', ({ kl }: UpdatePolicyRequest) => kl?.placement !== KlPlacement.REWARD],
]);
