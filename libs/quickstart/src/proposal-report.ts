/**
 * What a model proposes: the share of well-formed completions of the teacher's prompt, the share of right stated
 * answers, and the kinds of question asked. For reports only; it uses the domain's oracle, on which no reward
 * depends.
 */
import type { Domain } from '@soar/domains';

export interface ProposalReport {
  readonly completions: number;
  readonly wellFormed: number;
  /** Well-formed proposals whose stated answer equals the oracle's. */
  readonly correct: number;
  /** Per kind of question, in order of name. */
  readonly kinds: readonly { readonly kind: string; readonly count: number; readonly correct: number }[];
}

/** Counts over `completions` (texts after the domain's teacher prompt, without special tokens). */
export function proposalReport(domain: Domain, completions: readonly string[]): ProposalReport {
  const kinds = new Map<string, { count: number; correct: number }>();
  let wellFormed = 0;
  let correct = 0;
  for (const completion of completions) {
    const proposal = domain.parseProposal(completion);
    if (!proposal.ok) continue;
    wellFormed++;
    const kind = domain.kindOf?.(proposal.question) ?? 'any';
    const row = kinds.get(kind) ?? { count: 0, correct: 0 };
    kinds.set(kind, row);
    row.count++;
    const exact = domain.oracle?.(proposal.question);
    if (exact === undefined || !isSameAnswer(domain, exact, proposal.answer)) continue;
    row.correct++;
    correct++;
  }
  const rows = [...kinds].map(([kind, row]) => ({ kind, ...row }));
  rows.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return { completions: completions.length, wellFormed, correct, kinds: rows };
}

function isSameAnswer(domain: Domain, exact: string, stated: string): boolean {
  const left = domain.parseAnswer(exact);
  const right = domain.parseAnswer(stated);
  return left.ok && right.ok && left.canonical === right.canonical;
}
