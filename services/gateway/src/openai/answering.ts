/** Answers a request of an endpoint: whole, or as a stream of server-sent events. */
import { messageOf, UserError } from '@soar/core';
import { json, send, type ServerResponse } from '@soar/http-kit';
import { randomUUID } from 'node:crypto';
import type { Endpoint } from './endpoint.js';
import { errorOf } from './errors.js';
import type { Asked } from './parameters.js';
import { Sse } from './sse.js';
import { streamAnswers, type TokenCounts } from './streamed-answers.js';
import type { TrainerCalls } from './trainer-calls.js';
import { wholeAnswers } from './whole-answers.js';

export interface Answering {
  readonly trainer: TrainerCalls;
  readonly response: ServerResponse;
  /** The build of the trainer: equal ones give equal answers to equal seeds. */
  readonly fingerprint: string | null;
  readonly log: (line: string) => void;
}

export async function answer<R extends Asked>(
  endpoint: Endpoint<R>,
  body: unknown,
  answering: Answering,
): Promise<void> {
  const request = endpoint.read(body);
  const head = {
    id: `${endpoint.prefix}${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    system_fingerprint: answering.fingerprint,
  };
  await (request.stream ? stream : whole)(endpoint, request, head, answering);
}

async function whole<R extends Asked>(
  endpoint: Endpoint<R>,
  request: R,
  head: object,
  { trainer, response }: Answering,
): Promise<void> {
  const reads = endpoint.reads(request);
  const answers = await wholeAnswers(request, endpoint.prompts(request), { reads }, trainer);
  const first = answers.filter(({ index }) => index % request.n === 0); // a prompt counts once
  const usage = usageOf({
    promptTokens: first.reduce((sum, each) => sum + each.promptTokens, 0),
    tokens: answers.reduce((sum, each) => sum + each.tokens, 0),
  });
  const choices = answers.map((each) => endpoint.choice(each, request));
  send(response, json({ ...head, object: endpoint.object, choices, usage }));
}

async function stream<R extends Asked>(
  endpoint: Endpoint<R>,
  request: R,
  head: object,
  { trainer, response, log }: Answering,
): Promise<void> {
  const events = new Sse(response, trainer.options.signal);
  const { includeUsage } = request;
  const chunk = (choices: readonly object[], usage: object | null = null): Promise<void> =>
    events.send({ ...head, object: endpoint.chunkObject, choices, ...(includeUsage && { usage }) });
  const begun = new Set<number>();
  try {
    const counts = await streamAnswers(request, endpoint.prompts(request), trainer, async (piece) => {
      const first = begun.has(piece.index) ? undefined : endpoint.first(piece.index);
      begun.add(piece.index);
      if (first !== undefined) await chunk([first]);
      for (const choice of endpoint.pieces(piece, request)) await chunk([choice]);
    });
    if (includeUsage) await chunk([], usageOf(counts));
    await events.send('[DONE]');
  } catch (error) {
    if (!events.hasBegun) throw error;
    if (trainer.options.signal.aborted) return; // nobody is there to be told
    if (!(error instanceof UserError))
      log(`bug: ${error instanceof Error ? (error.stack ?? '') : messageOf(error)}`);
    const { status: _, ...body } = errorOf(error);
    await events.send({ error: body });
  }
  events.end();
}

function usageOf({ promptTokens, tokens }: TokenCounts): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens,
    total_tokens: promptTokens + tokens,
  };
}
