/**
 * What the domain can say about a teacher's questions: their kinds, and how many stated answers are right.
 *
 * For the report only. No reward, no advantage and no choice in a run depends on it.
 */
import type { Problem } from '@soar/contracts';
import type { AskedDomain } from '@soar/domains';

export interface Measured {
  /** Number of questions by kind; empty where the domain cannot tell. */
  readonly kinds: Record<string, number>;
  /** Share of stated answers that the oracle agrees with, 0 to 1; undefined where there is no oracle or no question. */
  readonly correctAnswers: number | undefined;
}

export function measure(domain: AskedDomain, problems: readonly Problem[]): Measured {
  const kinds: Record<string, number> = {};
  for (const { question } of problems) {
    const kind = domain.kindOf?.(question);
    if (kind !== undefined) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  const { oracle } = domain;
  if (oracle === undefined || problems.length === 0) return { kinds, correctAnswers: undefined };
  const right = problems.filter(({ question, answer }) => agrees(domain, oracle(question), answer)).length;
  return { kinds, correctAnswers: right / problems.length };
}

/** What the domain says of one question: its kind, and the verdict of the oracle, if there is one. */
export function verdictOf(
  domain: AskedDomain,
  { question, answer }: { readonly question: string; readonly answer: string },
): { readonly kind: string; readonly wellPosed?: boolean; readonly correct?: boolean } {
  const kind = domain.kindOf?.(question) ?? '';
  if (domain.oracle === undefined) return { kind };
  const exact = domain.oracle(question);
  return { kind, wellPosed: exact !== undefined, correct: agrees(domain, exact, answer) };
}

/** An ill-posed question has no right answer; answers are compared as the domain reads them. */
function agrees(domain: AskedDomain, exact: string | undefined, stated: string): boolean {
  if (exact === undefined) return false;
  const [a, b] = [domain.parseAnswer?.(exact), domain.parseAnswer?.(stated)];
  return a?.ok === true && b?.ok === true && a.canonical === b.canonical;
}
