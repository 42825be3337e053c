/** One completion, token by token: what Generate draws at the same address. */
import { FinishReason, type StreamGenerateRequest, type StreamGenerateResponse } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool, ModelWorker } from '@soar/runtime';
import { addressOf, samplePath } from './addresses.js';
import type { Model } from './checkpoints.js';
import { promptsOf } from './generate.js';
import { samplingOf } from './sampling.js';
import { StopFilter } from './stop-filter.js';

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
  const { chat, prompt, promptTokenIds, stop } = request;
  const asked = {
    prompts: prompt === '' ? [] : [prompt],
    chats: chat === undefined ? [] : [chat],
    promptTokenIds: promptTokenIds === undefined ? [] : [promptTokenIds],
    stop,
  };
  const { prompts, endIds } = await promptsOf(asked, model);
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const drawn: Token[] = [];
  let wake = (): void => undefined;
  const job = pool.run(
    (worker) =>
      draw(request, prompts[0]!, endIds, model, worker, (token) => {
        drawn.push(token);
        wake();
      }),
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

/** Draws the completion on a worker. */
async function draw(
  { sampling: config, random, promptIndex, sampleIndex, stop }: StreamGenerateRequest,
  prompt: readonly number[],
  endIds: readonly number[],
  model: Model,
  worker: ModelWorker,
  send: (token: Token) => void,
): Promise<void> {
  const { tokenizer } = model;
  const sampling = samplingOf(config!, model, endIds);
  const address = addressOf(random);
  const row = { prompt, path: samplePath(address, promptIndex, sampleIndex), seed: address.seed };
  const decoder = tokenizer.streamDecoder({ skipSpecialTokens: true });
  const filter = new StopFilter(stop);
  let promptTokens = prompt.length;
  let held: { token: number; logprob: number; text: string; textOffset: number } | undefined;
  let characters = 0;
  const push = (end: boolean): void => {
    if (held === undefined) return;
    const { token, logprob, text, textOffset } = held;
    const rest = end ? filter.push(decoder.end()) + filter.end() : '';
    const stopped = filter.isMet || sampling.stopIds.includes(token);
    const reason = stopped ? FinishReason.STOP : FinishReason.LENGTH;
    send({
      tokenId: token,
      text: text + rest,
      logprob,
      finishReason: end ? reason : FinishReason.UNSPECIFIED,
      promptTokens,
      tokenText: tokenizer.decode([token], { skipSpecialTokens: false }),
      textOffset,
    });
    promptTokens = 0;
  };
  await worker.load(model);
  // Whether a token is the last is known at the next draw: each is sent one late, unless it is a stop token.
  for await (const { token, logprob } of worker.stream(model.handle, row, sampling, model.config)) {
    push(false);
    const added = decoder.push(token);
    held = { token, logprob, text: filter.push(added), textOffset: characters };
    characters += [...added].length;
    if (filter.isMet) break;
  }
  push(true);
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
