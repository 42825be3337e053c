/**
 * Measures a freshly trained model: what it proposes as a teacher, and which problems of its task's pool it solves
 * from a given first step. Neither figure enters its training.
 */
import { arithmeticGrammar as grammar, domainNamed } from '@soar/domains';
import type { DecoderConfig } from '@soar/model';
import {
  EOS_ID,
  idsOf,
  problemPool,
  proposalReport,
  vocabularyOf,
  type ProposalReport,
  type Task,
} from '@soar/quickstart';
import type { ModelWorker } from '@soar/runtime';

/** Teacher rollouts in the report on proposals. */
const PROPOSALS = 1024;
/** Longest proposal and longest worked solution, in tokens. */
const COMPLETION_TOKENS_MAX = 64;

/**
 * How many pool problems of one kind the model solves by greedy decoding when the prompt has the textbook form and
 * the first step. A student can learn a habit that the model lacks. Where this share is low, the skill itself is
 * missing, and training on the hard problems will not supply it.
 */
export interface SkillRow {
  readonly kind: string;
  readonly problems: number;
  readonly correct: number;
}

export interface TrainedModel {
  readonly worker: ModelWorker;
  readonly handle: string;
  readonly task: Task;
  readonly config: DecoderConfig;
}

/**
 * Samples the teacher's prompt as a run does, and counts what is well-formed, correctly answered, and of which kind.
 */
export async function proposals(model: TrainedModel): Promise<ProposalReport> {
  const domain = domainNamed(model.task.domain);
  const prompts = Array.from({ length: PROPOSALS }, () => domain.definition.teacher!.text);
  return proposalReport(domain, await complete(model, 'proposals', prompts, 1));
}

/** Solves every problem of the task's pool from its first step. */
export async function skill(model: TrainedModel): Promise<SkillRow[]> {
  const domain = domainNamed(model.task.domain);
  const problems = problemPool(model.task);
  const prompts = problems.map(({ question }) => {
    const firstStep = grammar.workedSteps(grammar.readQuestion(question)!, 1);
    return `${grammar.TEXTBOOK_CUE}${question}=${firstStep}`;
  });
  const completions = await complete(model, 'skill', prompts, 0);
  const rows = new Map<string, { problems: number; correct: number }>();
  for (const [i, { kind, answer }] of problems.entries()) {
    const row = rows.get(kind) ?? { problems: 0, correct: 0 };
    rows.set(kind, row);
    row.problems++;
    if (domain.verify(answer, completions[i]!).verdict === 'CORRECT') row.correct++;
  }
  return [...rows].map(([kind, row]) => ({ kind, ...row }));
}

/** The completion of each prompt, without special tokens. */
async function complete(
  { worker, handle, task, config }: TrainedModel,
  path: string,
  prompts: readonly string[],
  temperature: number,
): Promise<string[]> {
  const vocabulary = vocabularyOf(task);
  const distinct = [...new Set(prompts)];
  const completions = await worker.sample(
    handle,
    {
      prompts: distinct.map((prompt) => idsOf(prompt, vocabulary)),
      rows: prompts.map((prompt, s) => ({ prompt: distinct.indexOf(prompt), path: `${path}/${s}` })),
      seed: task.seed,
      sampling: {
        temperature,
        topK: 0,
        topP: 1,
        maxNewTokens: COMPLETION_TOKENS_MAX,
        stopIds: config.eosTokenIds,
      },
    },
    config,
  );
  return completions.map(({ tokens }) =>
    [...tokens].map((id) => (id === EOS_ID ? '' : vocabulary[id])).join(''),
  );
}
