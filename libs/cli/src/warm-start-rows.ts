/**
 * Problems as rows for a fine-tuning: what a teacher should have written when it was asked for a problem, or what a
 * student should have answered when it was asked one. Every row is judged as a run would judge it before it is taken:
 * a proposal is read back by the domain, a solution is graded.
 */
import type { PromptConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ProblemSet } from '@soar/datasets';
import { type AskedDomain, type Domain, writeTags } from '@soar/domains';
import { studentQuestions, teacherPrompt, type AskedModel, type ChatMessage } from '@soar/prompts';
import { defaultExtraction } from './extraction.js';

/** A row as `soar finetune` and TRL read it: texts, or lists of messages. */
export interface Row {
  readonly prompt: string | readonly ChatMessage[];
  readonly completion: string | readonly ChatMessage[];
}

export interface Rows {
  readonly rows: readonly Row[];
  /** Problems that are left out, by reason. */
  readonly left: ReadonlyMap<string, number>;
}

type Asked = Pick<AskedModel, 'chatTemplate'>;
type Written = { readonly text: string } | { readonly reason: string };

/** What the teacher is asked, and each problem as the proposal that answers it. Throws UserError where none can be. */
export function proposalRows(
  model: Asked,
  domain: AskedDomain,
  prompt: PromptConfig | undefined,
  set: ProblemSet,
): Rows {
  const { text, messages } = teacherPrompt(domain, prompt);
  const usesChat = messages !== undefined && (model.chatTemplate !== undefined || text === undefined);
  const asked = usesChat ? messages.map(({ role, content }) => ({ role, content })) : text!;
  const written = set.problems.map(({ question, answer }) => ({
    asked,
    ...proposalOf(domain, question, answer),
  }));
  return taken(
    written,
    `${set.source}: no problem can be written as a proposal of the domain ${domain.name}`,
  );
}

/** What a student is asked, and the solution that each problem comes with. Throws UserError where none has one. */
export async function solutionRows(
  model: Asked,
  domain: Domain,
  prompt: PromptConfig | undefined,
  set: ProblemSet,
): Promise<Rows> {
  const { problems, solutions = [] } = set;
  const { chats, texts } = await studentQuestions(
    model,
    domain,
    prompt,
    problems.map(({ question }) => question),
  );
  const extraction = defaultExtraction(domain, prompt);
  const written = problems.map(({ answer, options }, i) => {
    const grading = { ...options, ...(extraction && { extraction }) };
    return { asked: (chats ?? texts)[i]!, ...solutionOf(domain, answer, solutions[i], grading) };
  });
  return taken(
    written,
    `${set.source}: no problem comes with a solution that the domain ${domain.name} grades as right`,
  );
}

/** In the marks that the domain reads. */
function proposalOf({ definition, parseProposal }: AskedDomain, question: string, answer: string): Written {
  const text = writeTags(question, answer, definition.proposal);
  const read = parseProposal(text);
  if (read.ok && read.question === question.trim()) return { text };
  return { reason: read.ok ? 'the question is read otherwise' : read.reason };
}

type Grading = Parameters<Domain['verify']>[2];

/** As it is, or with a last sentence that states the answer in a box. */
function solutionOf(domain: Domain, answer: string, solution: string | undefined, grading: Grading): Written {
  if (solution === undefined) return { reason: 'no solution in its row' };
  const forms = [solution, `${solution}\nThe answer is \\boxed{${answer}}.`];
  const text = forms.find((form) => domain.verify(answer, form, grading).verdict === 'CORRECT');
  return text === undefined ? { reason: 'its solution is not graded as right' } : { text };
}

function taken(written: readonly (Written & { readonly asked: Row['prompt'] })[], none: string): Rows {
  const left = new Map<string, number>();
  const rows = written.flatMap((each): Row[] => {
    if ('text' in each) return [rowOf(each.asked, each.text)];
    left.set(each.reason, (left.get(each.reason) ?? 0) + 1);
    return [];
  });
  if (rows.length > 0) return { rows, left };
  const [first] = left.keys();
  throw new UserError(`${none} (${first}); check --domain`, 'INVALID_ARGUMENT', '--domain');
}

/** A raw text is continued behind a space, as a sentence is. */
function rowOf(prompt: Row['prompt'], text: string): Row {
  if (typeof prompt !== 'string') return { prompt, completion: [{ role: 'assistant', content: text }] };
  return { prompt, completion: prompt === '' || /\s$/.test(prompt) ? text : ` ${text}` };
}
