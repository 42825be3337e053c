/** Completions of prompts, in one answer. */
import { FinishReason, type GenerateRequest } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool } from '@soar/runtime';
import { chatsOrTexts, promptIds } from '@soar/prompts';
import { addressOf, samplePath } from './addresses.js';
import type { AnswerText } from './answers.js';
import type { Model } from './checkpoints.js';
import type { Keep } from './evaluate.js';
import { samplingOf } from './sampling.js';
import { drawAnswers, thinkBudgetOf } from './thinking.js';

/** Completions in one call; their tokens have to fit into one message. */
const ROWS_MAX = 65_536;

export async function generate(
  request: GenerateRequest,
  model: Model,
  pool: ModelPool,
  signal: AbortSignal,
  keep: Keep,
) {
  const { samplesPerPrompt, random, stop } = request;
  const count = promptCount(request);
  const rows = count * samplesPerPrompt;
  if (rows > ROWS_MAX) {
    throw new UserError(
      `${count} prompts x ${samplesPerPrompt} samples are ${rows} completions; ` +
        `request at most ${ROWS_MAX} in a call`,
      'RESOURCE_EXHAUSTED',
      'samples_per_prompt',
    );
  }
  const { prompts, endIds } = await promptsOf(request, model);
  const address = addressOf(random);
  const compute = request.compute;
  const completions = await drawAnswers(
    (rollouts) => pool.sample(model, rollouts, model.config, { signal, compute }),
    {
      prompts,
      rows: prompts.flatMap((_, p) =>
        Array.from({ length: samplesPerPrompt }, (_, s) => ({ prompt: p, path: samplePath(address, p, s) })),
      ),
      seed: address.seed,
      sampling: samplingOf(request.sampling!, model, endIds),
    },
    model,
    stop,
    thinkBudgetOf(request.sampling!, model),
  );
  await keep(() =>
    prompts.map((prompt, p) => ({
      prompt,
      completions: completions.slice(p * samplesPerPrompt, (p + 1) * samplesPerPrompt),
    })),
  );
  return {
    completions: completions.map((completion, row) => ({
      promptIndex: Math.floor(row / samplesPerPrompt),
      sampleIndex: row % samplesPerPrompt,
      ...describe(completion),
    })),
    promptTokenIds: prompts.map((ids) => ({ ids })),
  };
}

/** Prompts of a request: chats stand for them, or are there without. */
export function promptCount({ prompts, chats: asked, promptTokenIds }: GenerateRequest): number {
  return Math.max(prompts.length, asked.length, promptTokenIds.length);
}

/** What a model reads, and the tokens that end its answer beside those of its configuration. */
export interface ReadPrompts {
  readonly prompts: readonly number[][];
  readonly endIds: readonly number[];
}

/** The tokens of the prompts of a request. Throws UserError where the model cannot read them. */
export async function promptsOf(
  {
    prompts,
    chats: asked,
    promptTokenIds,
    stop,
  }: Pick<GenerateRequest, 'prompts' | 'chats' | 'promptTokenIds' | 'stop'>,
  model: Model,
): Promise<ReadPrompts> {
  if (promptTokenIds.length > 0) return { prompts: promptTokenIds.map(({ ids }) => ids), endIds: [] };
  const chats = asked.map(({ messages }) => messages.map(({ role, content }) => ({ role, content })));
  const read = await chatsOrTexts(model, { texts: prompts, chats }, stop);
  return { prompts: read.texts.map((text) => promptIds(model, read, text)), endIds: read.endIds };
}

function describe({ tokens, logprobs, stopped, text, inserted }: AnswerText) {
  return {
    text,
    tokenIds: [...tokens],
    logprobs: [...logprobs],
    finishReason: stopped ? FinishReason.STOP : FinishReason.LENGTH,
    ...(inserted && { inserted }),
  };
}
