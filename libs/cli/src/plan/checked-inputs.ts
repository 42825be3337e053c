/**
 * The inputs of a run or a comparison, all read and checked before anything is copied or started. Nothing stops at the
 * first problem: what can be checked in spite of it is, and a user sees everything at once.
 */
import { contextViolations, type RunConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import {
  requireDisjoint,
  requireScreenedWith,
  type ProblemSet,
  type ScreeningManifest,
} from '@soar/datasets';
import { askedDomain, domainNames } from '@soar/domains';
import {
  askedModel,
  chatsOrTexts,
  promptIds,
  studentPrompts,
  teacherPrompt,
  type AskedModel,
  type Prompts,
} from '@soar/prompts';
import { readAdapterConfig, readBaseConfig } from '@soar/runtime';
import { importedSha256 } from '@soar/store';
import { requireModelFolder, type ModelFolder } from '../import-model.js';
import { askingOf, inOrder, type ReadConfig } from '../run-config.js';
import { planMachine, type MachineFlags, type MachinePlan } from './machine.js';
import { type InputProblem, Problems } from './input-problems.js';

type ModelConfig = ReturnType<typeof readBaseConfig>;

/** Where the inputs are read from. */
export interface InputSources {
  readonly config: () => ReadConfig | Promise<ReadConfig>;
  readonly model: string;
  readonly train: () => Promise<ProblemSet>;
  readonly test: () => Promise<ProblemSet>;
  readonly curated?: readonly (() => Promise<ProblemSet>)[];
  /** Questions that were given to train on. */
  readonly questions?: readonly (() => Promise<ProblemSet>)[];
  /** Where the train split is from: a screening manifest beside it must have been made with the same model. */
  readonly trainFiles: readonly string[];
  readonly allowOtherPrompt?: boolean | undefined;
  /** The machine that it will run on; undefined where that is elsewhere, and a coordinator there plans. */
  readonly machine: MachineFlags | undefined;
  /** What a command asks of them beside. */
  readonly more?: (found: Partial<Inputs>) => void;
}

/** A model that was found. */
export interface FoundModel extends ModelFolder {
  /** With the adapter of `folder`, if it holds one. */
  readonly config: ModelConfig;
}

/** Everything that was read. */
export interface Inputs {
  readonly config: RunConfig;
  readonly model: FoundModel;
  readonly asked: AskedModel;
  /** Tokens of the longest prompts. */
  readonly promptTokens: { readonly student?: number; readonly teacher?: number };
  readonly train: ProblemSet;
  readonly test: ProblemSet;
  readonly curated: readonly ProblemSet[];
  readonly questions: readonly ProblemSet[];
  /** Of the train split; undefined where they are not looked at. */
  readonly screenings?: readonly ScreeningManifest[] | undefined;
  /** Undefined where it will run elsewhere. */
  readonly machine: MachinePlan | undefined;
}

export interface CheckedInputs {
  /** What could be read; everything where there are no problems. */
  readonly found: Partial<Inputs>;
  readonly problems: Problems;
}

/** Reads and checks everything. Throws nothing that a user can mend. */
export async function checkInputs(sources: InputSources): Promise<CheckedInputs> {
  const problems = new Problems();
  const read = await problems.of(sources.config);
  const ofConfig: InputProblem[] = [...(read?.problems ?? [])];
  const model = await problems.of(() => readModel(sources.model));
  const train = await problems.of(sources.train);
  const test = await problems.of(sources.test);
  const curated = await problems.ofAll(sources.curated ?? []);
  const questions = await problems.ofAll(sources.questions ?? []);
  if (train && test) await problems.of(() => requireDisjoint(train, test));
  const config = read?.config;
  if (config !== undefined) {
    const trainProblems = train?.problems.length;
    const known = new Set(ofConfig.map(({ field }) => field));
    const violations = contextViolations(config, { domains: domainNames(), trainProblems });
    for (const { field, description } of violations)
      if (!known.has(field)) ofConfig.push(read!.problem(field, description));
  }
  const found: Partial<Inputs> = { ...(config && { config }), ...(model && { model }), curated, questions };
  const sets = { ...(train && { train }), ...(test && { test }) };
  const placed = new Problems(); // what is wrong with a field of the configuration gets its place
  const isWhole = (read?.problems ?? []).length === 0;
  const more =
    config && model && isWhole
      ? await checkModel(sources, { config, model, ...sets }, [...curated, ...questions], placed)
      : {};
  for (const problem of placed.all) {
    if (isOfConfig(problem)) ofConfig.push(withPlace(problem, read!));
    else problems.add(problem);
  }
  problems.addFirst(...inOrder(ofConfig));
  const all = { ...found, ...sets, ...more };
  if (sources.more !== undefined) await problems.of(() => sources.more!(all));
  return { found: all, problems };
}

function isOfConfig({ field = '', file }: InputProblem): boolean {
  return file === undefined && /^(student|teacher)\./.test(field);
}

/** The problem of a field of the configuration, with its place. */
function withPlace({ field, message, reason }: InputProblem, read: ReadConfig): InputProblem {
  return { ...read.problem(field!, message.replace(`${field}: `, '')), reason };
}

/** What is asked of the model: its prompts, the memory, the screening of the problems. */
async function checkModel(
  sources: InputSources,
  found: Pick<Inputs, 'config' | 'model'> & Partial<Inputs>,
  others: readonly ProblemSet[],
  problems: Problems,
): Promise<Partial<Inputs>> {
  const { config, model, train, test } = found;
  const questions = [train, test, ...others].flatMap((set) => set?.problems ?? []);
  const prompted = await problems.of(() => requireAsked(config, model, questions));
  const { machine: flags } = sources;
  const machine = flags && (await problems.of(() => planMachine(config, model.config, questions, flags)));
  if (train !== undefined && model.base === undefined) {
    const asking =
      sources.allowOtherPrompt === true
        ? undefined
        : askingOf(config.domain, config.student!.prompt, config.domainDefinition);
    const screenings = await problems.of(() =>
      requireScreenedWith(sources.trainFiles, () => importedSha256(model.folder), asking),
    );
    return { ...prompted, machine, screenings };
  }
  return { ...prompted, machine };
}

/** Throws UserError that names the file where the folder holds no model that can be used. */
export function readModel(folder: string): FoundModel {
  const found = requireModelFolder(folder);
  const whole = readBaseConfig(found.base ?? found.folder);
  return { ...found, config: found.base === undefined ? whole : readAdapterConfig(found.folder, whole) };
}

/** The model, after its prompts to the longest question and to the teacher were made and found to leave room. */
async function requireAsked(
  config: RunConfig,
  { folder, base = folder, config: model }: FoundModel,
  questions: readonly { readonly question: string }[],
): Promise<Pick<Inputs, 'asked' | 'promptTokens'>> {
  const ids = { eosIds: model.eosTokenIds, modelVocabSize: model.vocabSize };
  const asked = await askedModel(base, ids);
  asked.tokenizer.fits(model.vocabSize);
  const { domain: name, domainDefinition } = config;
  if (domainDefinition === undefined && !domainNames().includes(name)) return { asked, promptTokens: {} }; // refused
  const domain = askedDomain(name, domainDefinition);
  const longest = questions.reduce((a, { question }) => (question.length > a.length ? question : a), '');
  const student = await asField('student.prompt', () =>
    studentPrompts(asked, domain, config.student!.prompt, [longest]),
  );
  const { text, messages, stop } = teacherPrompt(domain, config.teacher!.prompt);
  const [texts, chats] = [text === undefined ? [] : [text], messages === undefined ? [] : [messages]];
  const teacher = await asField('teacher.prompt', () => chatsOrTexts(asked, { texts, chats }, stop));
  const tokensOf = (who: string, prompts: Prompts): number => {
    const { length } = promptIds(asked, prompts, prompts.texts[0]!);
    if (length < model.maxPositionEmbeddings) return length;
    throw new UserError(
      `${who}.prompt: the longest prompt has ${length} tokens, which leaves no room to answer in the model's ` +
        `${model.maxPositionEmbeddings}; shorten it, or leave long problems out`,
      'INVALID_ARGUMENT',
      `${who}.prompt`,
    );
  };
  return {
    asked,
    promptTokens: { student: tokensOf('student', student), teacher: tokensOf('teacher', teacher) },
  };
}

/** What is wrong with a prompt, as a problem of this field. */
async function asField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = error.message.replace(/^prompt: /, '');
    throw new UserError(`${field}: ${what}`, error.reason, field, { cause: error });
  }
}
