/**
 * Drives one run from its inputs to its end: has the trainer check the base model, creates or resumes the run on the
 * coordinator, and watches it. Shared by `soar demo` and `soar run`; the loop itself is in the coordinator.
 */
import { existsSync } from 'node:fs';
import {
  CoordinatorService,
  RunState,
  TrainerService,
  type DomainDefinition,
  type PromptConfig,
  type Run,
  type RunConfig,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Problem } from '@soar/datasets';
import { askedDomain } from '@soar/domains';
import { type CallCredentials, createClient } from '@soar/grpc-kit';
import { teacherPrompt } from '@soar/prompts';
import { type CheckpointRef, isArtifactFolder } from '@soar/store';
import { problemMessage } from './problem-message.js';
import type { Progress } from './progress.js';
import { stateName } from './watch.js';
import { watchRun, type CoordinatorClient, type Reporting } from './watch-run.js';

/** The inputs of a run, already checked. */
export interface RunInputs {
  /** Preferred id; a number is appended when a run of this id has ended already. */
  readonly id: string;
  readonly config: RunConfig;
  /** The base model, in the deployment's store. */
  readonly base: CheckpointRef;
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
  /** Whether a run that is found may be continued by another build. */
  readonly allowVersionChange: boolean;
}

const IDS_TRIED_MAX = 1000;
const CHECK_MODEL_DEADLINE_MS = 300_000;

/** What a model will be asked. */
export interface FirstQuestions {
  readonly domain: string;
  /** Absent for a domain of this project. */
  readonly domainDefinition: DomainDefinition | undefined;
  readonly problems: readonly Problem[];
  readonly studentPrompt: PromptConfig | undefined;
  /** Where it will be asked for problems as well. */
  readonly teacher?: { readonly prompt: PromptConfig | undefined };
}

/** What a model is tried with before a run or a comparison: one whose context is too short for it is refused. */
export function firstQuestions(
  { domain, domainDefinition, student, teacher }: RunConfig,
  problems: readonly Problem[],
): FirstQuestions {
  const studentPrompt = student!.prompt;
  return { domain, domainDefinition, problems, studentPrompt, teacher: { prompt: teacher!.prompt } };
}

/**
 * Has the trainer load the model and sample one token after the longest question's prompt and the teacher's, so that
 * bad weights, tokenizer, prompts or configuration are refused before a run is created. Resolves with a description of
 * the model. Throws the trainer's UserError.
 */
export async function checkModel(
  trainerAddress: string,
  base: CheckpointRef,
  { domain, domainDefinition, problems, studentPrompt, teacher }: FirstQuestions,
  signal: AbortSignal,
): Promise<string> {
  const trainer = createClient(TrainerService, trainerAddress);
  const options = { deadlineMs: CHECK_MODEL_DEADLINE_MS, signal };
  try {
    const model = await trainer.getCheckpoint({ checkpoint: base }, options);
    const sampling = { temperature: 0, maxNewTokens: 1 };
    const longest = problems.reduce((a, b) => (b.question.length > a.question.length ? b : a));
    const spec = { problems: [problemMessage(longest)], samplesPerProblem: 1, sampling };
    const asked = { domain, domainDefinition, prompt: studentPrompt };
    await trainer.evaluate({ checkpoint: base, spec, ...asked }, options);
    if (teacher !== undefined) {
      const { text, messages } = teacherPrompt(askedDomain(domain, domainDefinition), teacher.prompt);
      const prompts = text === undefined ? [] : [text];
      const chats = messages === undefined ? [] : [{ messages: [...messages] }];
      await trainer.generate({ checkpoint: base, prompts, chats, samplesPerPrompt: 1, sampling }, options);
    }
    return `${model.modelType}, ${model.parameters} parameters, vocabulary ${model.vocabSize}`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Here, weights that are not finite are bad input and not a failure of the work.
    const reason = error.reason === 'NOT_FINITE' ? 'DATA_LOSS' : error.reason;
    throw new UserError(`base model: ${error.message}`, reason, error.where, { cause: error });
  } finally {
    trainer.close();
  }
}

/**
 * Checks that the coordinator answers calls with these credentials. Throws the call's UserError if it is not
 * reachable, not trusted, or refuses the caller.
 */
export async function requireCoordinator(address: string, credentials: CallCredentials): Promise<void> {
  const coordinator = createClient(CoordinatorService, address, { credentials });
  try {
    await coordinator.listRuns({ pageSize: 1 });
  } finally {
    coordinator.close();
  }
}

/** How a run is driven. */
export interface Driving extends Reporting {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** For a coordinator elsewhere; default plain text. */
  readonly credentials?: CallCredentials | undefined;
}

/**
 * Creates or resumes the run and waits for its end. Resolves with it, whatever its end. Throws the UserError of a call
 * that fails.
 */
export async function driveRun(
  coordinatorAddress: string,
  inputs: RunInputs,
  { progress, signal, credentials, ...reporting }: Driving,
): Promise<Run> {
  const coordinator = createClient(CoordinatorService, coordinatorAddress, { credentials });
  try {
    const run = await createOrResume(coordinator, inputs, progress, signal);
    return await watchRun(coordinator, run.id, progress, signal, reporting);
  } finally {
    coordinator.close();
  }
}

/** Creates the run, or resumes the one of this id that has not ended. */
async function createOrResume(
  coordinator: CoordinatorClient,
  inputs: RunInputs,
  progress: Progress,
  signal: AbortSignal,
): Promise<Run> {
  for (let attempt = 1; attempt <= IDS_TRIED_MAX; attempt++) {
    const id = attempt === 1 ? inputs.id : `${inputs.id}-${attempt}`;
    const found = await findRun(coordinator, id, signal);
    if (found?.state === RunState.SUCCEEDED || found?.state === RunState.CANCELLED) continue;
    try {
      const { run } = await coordinator.createRun(
        {
          id,
          config: inputs.config,
          base: inputs.base,
          trainProblems: inputs.train.map(problemMessage),
          testProblems: inputs.test.map(problemMessage),
        },
        { signal },
      );
      if (found === undefined)
        progress.line(`run ${id}: created${attempt > 1 ? `; ${inputs.id} exists` : ''}`);
      else {
        progress.line(`run ${id}: ${stateName(found.state)}, resumes from its journal`);
        const { allowVersionChange } = inputs;
        if (found.state !== RunState.RUNNING || allowVersionChange)
          await coordinator.resumeRun({ id, allowVersionChange }, { signal });
      }
      return run!;
    } catch (error) {
      const taken = error instanceof UserError && error.reason === 'ALREADY_EXISTS';
      if (!taken) throw error;
      // The id is taken by a run with other inputs: try the next one.
      if (found !== undefined) unlike(found, inputs, progress);
    }
  }
  throw new UserError(
    `${inputs.id}: ${IDS_TRIED_MAX} runs of this id exist; give another --id`,
    'ALREADY_EXISTS',
  );
}

/**
 * An unfinished run whose configuration, base or problems are others. After an upgrade, a preset may have changed: then
 * the same command means another run, and the one that was begun can only be resumed as it is.
 */
function unlike({ id, state }: Run, { allowVersionChange }: RunInputs, progress: Progress): void {
  const what =
    `run ${id} is ${stateName(state)} and has another configuration, base or problems (those of an earlier version's ` +
    `preset, perhaps)`;
  const how = `to continue it as it is: "soar up" and "soar runs resume ${id}"`;
  if (allowVersionChange)
    throw new UserError(`${what}; ${how} --allow-version-change`, 'ALREADY_EXISTS', 'id');
  progress.line(`${what}; ${how}`);
}

/**
 * Whether a run of this id is running: one that a started coordinator has resumed, say. Its model was checked when it
 * was created, and its work may hold every worker.
 */
export async function isRunning(address: string, id: string, signal: AbortSignal): Promise<boolean> {
  const coordinator = createClient(CoordinatorService, address);
  try {
    return (await findRun(coordinator, id, signal))?.state === RunState.RUNNING;
  } finally {
    coordinator.close();
  }
}

async function findRun(
  coordinator: CoordinatorClient,
  id: string,
  signal: AbortSignal,
): Promise<Run | undefined> {
  try {
    return (await coordinator.getRun({ id }, { signal })).run;
  } catch (error) {
    if (error instanceof UserError && error.reason === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** What a run that succeeded left in the artifact store, as lines "path  what it is". */
export function artifactLines(artifacts: string, runId: string): string[] {
  const left = [
    ['report.html', 'the report, with figures'],
    ['report.json', 'the report as data'],
    ['promoted-student', 'the promoted student, a Hugging Face folder'],
    ['promotion-questions.jsonl', 'the questions that earned promotions'],
  ] as const;
  return (
    left
      .map(([name, what]) => ({ path: `${artifacts.replace(/\/+$/, '')}/${runId}/${name}`, what }))
      // The store's folder may be on the coordinator's machine only.
      .filter(({ path }) => !isArtifactFolder(artifacts) || existsSync(path))
      .map(({ path, what }) => `${path}  ${what}`)
  );
}
