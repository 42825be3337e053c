/** The teacher's questions of a step, with what the domain says of each. Pure. */
import type { ListProposalsResponse, QuestionVerdict } from '@soar/contracts';
import type { Question, StepTexts } from '@soar/page';

export function stepTexts(step: number, { questions, verdicts }: ListProposalsResponse): StepTexts {
  return {
    step,
    questions: questions.map(({ id, question, answer }, i): Question => {
      const found = verdicts[i];
      const verdict = verdictOf(found);
      return { id, question, answer, kind: found?.kind ?? '', ...(verdict === undefined ? {} : { verdict }) };
    }),
  };
}

function verdictOf(found: QuestionVerdict | undefined): Question['verdict'] {
  if (found?.wellPosed === undefined) return undefined;
  if (!found.wellPosed) return 'ill-posed';
  return found.correct === true ? 'right' : 'wrong';
}
