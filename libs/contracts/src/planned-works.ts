/**
 * The largest pieces of work of a run, from which it is planned how the trainers cut it: one rule for the command line,
 * which plans before anything starts, and for the coordinator, which asks a trainer.
 */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { AdapterConfig, PromptConfig } from './gen/soar/common/v1/common_pb.js';
import type { RunConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { PlannedWorkSchema, type PlannedWork } from './gen/soar/trainer/v1/trainer_service_pb.js';

/** Characters of a token, at least: ids of long prompts are counted before a tokenizer is at hand. */
const TOKEN_CHARACTERS = 2;
/** Prompts are longer than their questions by a share of the longest answer. */
const PROMPT_SHARE = 1 / 8;
const PROMPT_TOKENS_MAX = 1_048_576;

/** What the teacher does, and what students do, on problems of these questions. */
export function plannedWorks(
  { teacher, student }: RunConfig,
  questions: readonly { readonly question: string }[],
): { readonly teacher: PlannedWork; readonly student: PlannedWork } {
  const longest = questions.reduce((max, { question }) => Math.max(max, question.length), 0);
  const rl = student?.rl;
  const proposed = secondTurn(
    work(longest, teacher?.prompt, teacher?.sampling?.maxNewTokens ?? 1),
    teacher?.answerPrompt,
  );
  return {
    teacher: teacher?.frozen ? create(PlannedWorkSchema, proposed) : training(proposed, teacher?.adapter),
    student: training(work(longest, student?.prompt, rl?.sampling?.maxNewTokens ?? 1), rl?.adapter),
  };
}

/** Sampling alone, of answers to these questions. */
export function samplingWork(
  questions: readonly { readonly question: string }[],
  prompt: PromptConfig | undefined,
  maxNewTokens: number,
): PlannedWork {
  const longest = questions.reduce((max, { question }) => Math.max(max, question.length), 0);
  return create(PlannedWorkSchema, work(longest, prompt, maxNewTokens));
}

type Work = MessageInitShape<typeof PlannedWorkSchema>;

function training(work: Work, adapter: AdapterConfig | undefined): PlannedWork {
  return create(PlannedWorkSchema, { ...work, trains: true, ...(adapter && { adapter }) });
}

/** With a second turn, whose prompt has the first one and its answer in it. */
function secondTurn({ promptTokens = 1, maxNewTokens = 1 }: Work, prompt: PromptConfig | undefined): Work {
  if (prompt === undefined) return { promptTokens, maxNewTokens };
  const tokens = promptTokens + maxNewTokens + Math.ceil(charactersOf(prompt) / TOKEN_CHARACTERS);
  return { promptTokens: Math.min(PROMPT_TOKENS_MAX, tokens), maxNewTokens };
}

function work(longest: number, prompt: PromptConfig | undefined, maxNewTokens: number): Work {
  const configured = prompt === undefined ? 0 : charactersOf(prompt);
  const tokens = Math.ceil(
    Math.ceil((longest + configured) / TOKEN_CHARACTERS) + maxNewTokens * PROMPT_SHARE,
  );
  return { promptTokens: Math.min(PROMPT_TOKENS_MAX, Math.max(1, tokens)), maxNewTokens };
}

function charactersOf({ text, messages }: PromptConfig): number {
  return text.length + messages.reduce((sum, { content }) => sum + content.length, 0);
}
