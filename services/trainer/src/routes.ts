/** The methods of TrainerService, each in its span. Rules of single fields were checked before these. */
import {
  TrainerService,
  type EvaluateRequest,
  type GenerateRequest,
  type StreamGenerateRequest,
  type ListCheckpointsRequest,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { service, type HandlerContext, type Service } from '@soar/grpc-kit';
import { parameterCount } from '@soar/runtime';
import { compareKeys, type ArtifactStore, type CheckpointRef } from '@soar/store';
import { attributes, measure, operations, PROVIDER, setAttributes, spans, withSpan } from '@soar/telemetry';
import type { Checkpoints } from './checkpoints.js';
import { nameOf } from './completion-files.js';
import { embed } from './embed.js';
import { evaluateCheckpoint, extractionCounts, prepareEvaluation } from './evaluate.js';
import { EvaluationCache } from './evaluation-cache.js';
import { planWork } from './plan-compute.js';
import { generate, promptCount } from './generate.js';
import type { TrainerContext } from './run-training.js';
import { requestDomain } from './request-domain.js';
import type { TrainingRuns } from './training-runs.js';
import { score } from './score.js';
import { streamGenerate } from './stream-generate.js';
import { updatePolicy } from './update-policy.js';
import { checkVotes, votesOf } from './votes.js';

const PAGE_SIZE_DEFAULT = 100;
/** The contract promises a heartbeat at least every 5 s. */
const HEARTBEAT_MS = 3_000;

export function trainerRoutes(
  trainer: TrainerContext,
  checkpoints: Checkpoints,
  runs: TrainingRuns,
): Service {
  const { pool } = trainer;
  const cache = new EvaluationCache();
  return service(TrainerService, {
    createTrainingRun: async ({ id, spec, fencingToken }) => ({
      run: (await runs.create(id, spec!, fencingToken)).describe(),
    }),
    getTrainingRun: async ({ id }) => ({ run: (await runs.get(id)).describe() }),
    listTrainingRuns: async ({ idPrefix, pageSize, pageToken }) => {
      const limit = pageSize || PAGE_SIZE_DEFAULT;
      const found = runs.list(idPrefix, pageToken, limit + 1);
      const page = found.slice(0, limit);
      return {
        runs: page.map((run) => run.describe({ steps: false })),
        nextPageToken: found.length > limit ? page.at(-1)!.id : '',
      };
    },
    watchTrainingRun: ({ id }, context) => watch(runs, id, context),
    cancelTrainingRun: async ({ id }) => {
      const run = await runs.get(id);
      run.cancel();
      return { run: run.describe() };
    },
    evaluate: (request, { signal }) => evaluate(request, trainer, checkpoints, cache, signal),
    updatePolicy: async (request, { signal }) => {
      const about = { [attributes.checkpoint]: request.base!.key };
      return withSpan(spans.policyUpdate, about, () => updatePolicy(request, trainer, checkpoints, signal));
    },
    generate: (request, { signal }) => complete(request, trainer, checkpoints, signal),
    streamGenerate: (request, { signal }) => completeAsDrawn(request, trainer, checkpoints, signal),
    score: async (request, { signal }) => {
      const about = requestOf(operations.score, request.checkpoint!.key);
      return withSpan(spans.scoreTexts, about, async () =>
        score(request, await checkpoints.open(request.checkpoint!), pool, signal),
      );
    },
    embed: async (request, { signal }) => {
      const about = requestOf(operations.embed, request.checkpoint!.key);
      return withSpan(spans.embed, about, async () =>
        embed(request, await checkpoints.open(request.checkpoint!), pool, signal),
      );
    },
    getCheckpoint: async ({ checkpoint }) => {
      const { ref, base, weights, modelType, config } = await checkpoints.open(checkpoint!);
      return {
        checkpoint: ref,
        modelType,
        parameters: BigInt(parameterCount(config)),
        vocabSize: config.vocabSize,
        maxPositionEmbeddings: config.maxPositionEmbeddings,
        ...(base && { base: weights }),
      };
    },
    listCheckpoints: (request) => listCheckpoints(request, trainer.store),
    planCompute: async (request) =>
      planWork(request, await checkpoints.open(request.checkpoint!), pool.settings),
  });
}

/** The tokens of a completion, counted. */
async function* completeAsDrawn(
  request: StreamGenerateRequest,
  { pool }: TrainerContext,
  checkpoints: Checkpoints,
  signal: AbortSignal,
) {
  const model = await checkpoints.open(request.checkpoint!);
  let tokens = 0;
  try {
    for await (const token of streamGenerate(request, model, pool, signal)) {
      tokens++;
      yield token;
    }
  } finally {
    const operation = request.chat === undefined ? operations.complete : operations.chat;
    measure('tokens', tokens, { [attributes.operation]: operation });
  }
}

/** What the conventions want of every span that asks a model. */
function requestOf(operation: string, model: string) {
  return {
    [attributes.operation]: operation,
    [attributes.provider]: PROVIDER,
    [attributes.checkpoint]: model,
  };
}

function evaluate(
  request: EvaluateRequest,
  { pool, grader, completions }: TrainerContext,
  checkpoints: Checkpoints,
  cache: EvaluationCache,
  signal: AbortSignal,
) {
  const { checkpoint, domain: name, spec, prompt, compute } = request;
  const about = {
    ...requestOf(operations.evaluate, checkpoint!.key),
    [attributes.domain]: name,
    [attributes.problems]: spec!.problems.length,
    [attributes.samples]: spec!.problems.length * spec!.samplesPerProblem,
  };
  return withSpan(spans.evaluate, about, async () => {
    const asking = { domain: requestDomain(request), prompt };
    const model = await checkpoints.open(checkpoint!);
    if (request.votes) checkVotes(spec!);
    const prepared = await prepareEvaluation(spec!, asking, model, 'spec', compute);
    const { sampling, address, samplesPerProblem, problems } = prepared;
    const asked = [asking.domain.key, sampling, address, samplesPerProblem, problems];
    const { outcomes, tokens } = await completions.during(
      () => nameOf('evaluation', checkpoint!.key, asked),
      model,
      (file) =>
        evaluateCheckpoint(
          prepared,
          model,
          (request) => pool.sample(model, request, model.config, { signal, compute }),
          grader,
          cache,
          signal,
          (groups) => file.write('evaluation', 0, groups),
        ),
    );
    setAttributes({ [attributes.tokensOut]: tokens });
    return {
      evaluation: { checkpoint: model.ref, outcomes },
      tokens: BigInt(tokens),
      extractions: extractionCounts(outcomes),
      votes: request.votes ? await votesOf(prepared, outcomes, grader, signal) : [],
    };
  });
}

function complete(
  request: GenerateRequest,
  { pool, completions }: TrainerContext,
  checkpoints: Checkpoints,
  signal: AbortSignal,
) {
  const operation = request.chats.length > 0 ? operations.chat : operations.complete;
  const about = {
    ...requestOf(operation, request.checkpoint!.key),
    [attributes.samples]: promptCount(request) * request.samplesPerPrompt,
    [attributes.temperature]: request.sampling!.temperature,
    [attributes.tokensMax]: request.sampling!.maxNewTokens,
  };
  return withSpan(spans.generate, about, async () => {
    const { checkpoint, prompts, chats, promptTokenIds, random, sampling, samplesPerPrompt } = request;
    const read = promptTokenIds.length > 0 ? [promptTokenIds] : [];
    const asked = [prompts, chats, random, sampling, samplesPerPrompt, ...read];
    const model = await checkpoints.open(checkpoint!);
    const response = await completions.during(
      () => nameOf('generation', checkpoint!.key, asked),
      model,
      (file) => generate(request, model, pool, signal, (groups) => file.write('generation', 0, groups)),
    );
    const tokens = response.completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    measure('tokens', tokens, { [attributes.operation]: operation });
    const tokensIn = response.promptTokenIds.reduce((sum, { ids }) => sum + ids.length, 0);
    setAttributes({ [attributes.tokensIn]: tokensIn, [attributes.tokensOut]: tokens });
    return response;
  });
}

/** Keys are read in their order, up to the page. */
async function listCheckpoints(
  { keyPrefix, pageSize, pageToken }: ListCheckpointsRequest,
  store: ArtifactStore,
) {
  const limit = pageSize || PAGE_SIZE_DEFAULT;
  const checkpoints: CheckpointRef[] = [];
  for await (const { key, sha256 } of store.list(keyPrefix)) {
    if (pageToken !== '' && compareKeys(key, pageToken) <= 0) continue;
    if (checkpoints.length === limit) return { checkpoints, nextPageToken: checkpoints.at(-1)!.key };
    checkpoints.push({ key, sha256 });
  }
  return { checkpoints, nextPageToken: '' };
}

async function* watch(runs: TrainingRuns, id: string, { signal, draining }: HandlerContext) {
  const run = await runs.get(id);
  let seen = run.metrics.length;
  let shown = run.describe();
  yield { run: shown };
  if (run.ended) return;
  for (;;) {
    await run.changed(HEARTBEAT_MS, [signal, draining]);
    if (signal.aborted) return;
    if (draining.aborted) throw new UserError('the trainer is stopping; follow the run anew', 'UNAVAILABLE');
    const fresh = run.metrics.slice(seen);
    seen = run.metrics.length;
    for (const metrics of fresh) yield { metrics };
    const now = run.describe();
    if (now.state !== shown.state) yield { run: now };
    else if (fresh.length === 0) yield {};
    shown = now;
    if (run.ended) return;
  }
}
