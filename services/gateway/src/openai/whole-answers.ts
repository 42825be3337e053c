/**
 * Answers that are sent when they are whole: drawn together in one call, and scored in another where log-probabilities
 * are asked for. Those are the model's own, at temperature 1 and before top_p, so that they can be compared between
 * requests and with other software.
 */
import { type Completion, FinishReason, type ScoredText } from '@soar/contracts';
import { ANSWERS_MAX, type Asked } from './parameters.js';
import { invalid } from './errors.js';
import { countOf, type Prompts } from './prompts.js';
import type { TrainerCalls } from './trainer-calls.js';

export interface Answer {
  readonly index: number;
  /** Without the prompt. */
  readonly text: string;
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
  readonly tokens: number;
  /** Prompt and answer together, where they were scored. */
  readonly scored?: ScoredText;
}

/** `reads`: whether prompts that are tokens are needed as texts. */
export async function wholeAnswers(
  asked: Asked,
  prompts: Prompts,
  { reads }: { readonly reads: boolean },
  trainer: TrainerCalls,
): Promise<Answer[]> {
  const { n, sampling, logprobs } = asked;
  const count = countOf(prompts) * n;
  if (count > ANSWERS_MAX) throw invalid('n', `at most ${ANSWERS_MAX} answers in a request`, count);
  if (sampling.maxNewTokens === 0) return readAlone(asked, prompts, trainer);
  const { client, options } = trainer;
  const { checkpoint, random, stop } = asked;
  const drawn = await client.generate(
    { checkpoint, ...promptsOf(prompts), samplesPerPrompt: n, sampling, random, stop: [...stop] },
    options,
  );
  const promptOf = ({ promptIndex }: Completion): number[] => drawn.promptTokenIds[promptIndex]!.ids;
  const scored =
    logprobs === undefined && !reads
      ? []
      : await score(
          asked,
          { tokenIds: drawn.completions.map((each) => ({ ids: [...promptOf(each), ...each.tokenIds] })) },
          trainer,
        );
  return drawn.completions.map((each, index) => ({
    index,
    text: each.text,
    finishReason: each.finishReason === FinishReason.STOP ? 'stop' : 'length',
    promptTokens: promptOf(each).length,
    tokens: each.tokenIds.length,
    ...(scored.length > 0 && { scored: scored[index]! }),
  }));
}

/** Prompts that are scored and continued by nothing: what loglikelihood tasks ask for. */
async function readAlone(asked: Asked, prompts: Prompts, trainer: TrainerCalls): Promise<Answer[]> {
  if ('chat' in prompts) throw invalid('max_tokens', 'at least 1', 0);
  const texts =
    'texts' in prompts
      ? { texts: [...prompts.texts] }
      : { tokenIds: prompts.tokens.map((ids) => ({ ids: [...ids] })) };
  const scored = await score(asked, texts, trainer);
  return scored.flatMap((each, p) =>
    Array.from({ length: asked.n }, (_, s) => ({
      index: p * asked.n + s,
      text: '',
      finishReason: 'length' as const,
      promptTokens: each.tokens.length,
      tokens: 0,
      scored: each,
    })),
  );
}

async function score(
  { checkpoint, logprobs = 0 }: Asked,
  texts: { readonly texts?: string[]; readonly tokenIds?: { ids: number[] }[] },
  { client, options }: TrainerCalls,
): Promise<ScoredText[]> {
  return (await client.score({ checkpoint, ...texts, top: logprobs }, options)).texts;
}

/** Prompts as GenerateRequest has them. */
function promptsOf(prompts: Prompts) {
  if ('chat' in prompts) return { chats: [{ messages: [...prompts.chat] }] };
  if ('texts' in prompts) return { prompts: [...prompts.texts] };
  return { promptTokenIds: prompts.tokens.map((ids) => ({ ids: [...ids] })) };
}
