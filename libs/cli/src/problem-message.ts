/** A problem as the contracts have it. */
import type { Problem } from '@soar/datasets';

export interface ProblemMessage {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  /** Values in JSON. */
  readonly options: Record<string, string>;
}

export function problemMessage({ id, question, answer, options = {} }: Problem): ProblemMessage {
  const values = Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return { id, question, answer, options: Object.fromEntries(values) };
}
