/** Completions of prompts, in one answer or token by token. */
import {
  FinishReason,
  type GenerateRequest,
  type StreamGenerateRequest,
  type StreamGenerateResponse,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool } from '@soar/runtime';
import { chatsOrTexts, promptIds, type Prompts } from '@soar/prompts';
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
  const asked = await promptsOf(request, model);
  const prompts = asked.texts.map((text) => promptIds(model, asked, text));
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
      sampling: samplingOf(request.sampling!, model, asked.endIds),
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
export function promptCount({ prompts, chats: asked }: GenerateRequest): number {
  return Math.max(prompts.length, asked.length);
}

function promptsOf({ prompts, chats: asked, stop }: GenerateRequest, model: Model): Promise<Prompts> {
  const ofChats = asked.map(({ messages }) => messages.map(({ role, content }) => ({ role, content })));
  return chatsOrTexts(model, { texts: prompts, chats: ofChats }, stop);
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

/** A token that was drawn; the pieces of text add up to the completion's text. */
export type Token = Omit<StreamGenerateResponse, '$typeName' | '$unknown'>;

/**
 * Tokens as they are drawn. The worker does not wait for the reader: what is not read yet is kept, at most
 * max_new_tokens of it, so that a slow client holds no worker.
 */
export async function* streamGenerate(
  request: StreamGenerateRequest,
  model: Model,
  pool: ModelPool,
  signal: AbortSignal,
): AsyncGenerator<Token> {
  refuseBudget(request);
  const sampling = samplingOf(request.sampling!, model);
  const address = addressOf(request.random);
  const row = {
    prompt: model.tokenizer.encode(request.prompt, { bos: true }),
    path: samplePath(address, 0, 0),
    seed: address.seed,
  };
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const drawn: Token[] = [];
  let wake = (): void => undefined;
  const job = pool.run(
    async (worker) => {
      await worker.load(model);
      const decoder = model.tokenizer.streamDecoder({ skipSpecialTokens: true });
      let held: { token: number; logprob: number } | undefined;
      const push = (end: boolean): void => {
        if (held === undefined) return;
        const { token, logprob } = held;
        const text = decoder.push(token) + (end ? decoder.end() : '');
        const stopped = sampling.stopIds.includes(token);
        const reason = stopped ? FinishReason.STOP : FinishReason.LENGTH;
        drawn.push({ tokenId: token, text, logprob, finishReason: end ? reason : FinishReason.UNSPECIFIED });
        wake();
      };
      // Whether a token is the last is known at the next draw: each is sent one late, unless it is a stop token.
      for await (const token of worker.stream(model.handle, row, sampling, model.config)) {
        push(false);
        held = token;
      }
      push(true);
    },
    { signal: either, compute: request.compute, short: true },
  );
  let over = false;
  job
    .catch(() => undefined)
    .finally(() => {
      over = true;
      wake();
    });
  try {
    for (;;) {
      const next = drawn.shift();
      if (next !== undefined) yield next;
      else if (over) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await job; // throws what ended it
  } finally {
    ending.abort(new UserError('the stream is read no further', 'CANCELLED'));
  }
}

/** A stream sends what is drawn as it is drawn, and could not take back what is behind a thought's last token. */
function refuseBudget({ sampling }: StreamGenerateRequest): void {
  if ((sampling!.think?.tokensMax ?? 0) === 0) return;
  throw new UserError(
    'sampling.think: a stream has no budget for thoughts; use Generate',
    'INVALID_ARGUMENT',
    'sampling.think',
  );
}
