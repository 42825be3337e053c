/**
 * What `soar evaluate` and `soar screen` take as an answer, and what they report of it. A model that was asked for a
 * box is held to it, as in the paper; what a text merely states counts where no box was asked for, or by option.
 */
import type { PromptConfig } from '@soar/contracts';
import type { AskedDomain } from '@soar/domains';

export const EXTRACTIONS = ['any', 'boxed'] as const;
export type Extraction = (typeof EXTRACTIONS)[number];

export interface ExtractionReport {
  /** 'domain': the domain has an answer mark of its own. */
  readonly policy: Extraction | 'domain';
  /** Responses by the rule that found their answer; "none" where there was none. */
  readonly rules: Readonly<Record<string, number>>;
}

/** 'boxed' where the prompt asks for a box; undefined, the domain's own rule, otherwise. */
export function defaultExtraction(
  { definition }: AskedDomain,
  prompt: PromptConfig | undefined,
): Extraction | undefined {
  const asked = textsOf(prompt) || textsOf(definition.student);
  return asked.includes('\\boxed') ? 'boxed' : undefined;
}

function textsOf(
  prompt: { readonly text: string; readonly messages: readonly { readonly content: string }[] } | undefined,
): string {
  return [prompt?.text ?? '', ...(prompt?.messages ?? []).map(({ content }) => content)].join('');
}

/** `answers found by: boxed 95.1%, none 4.9%`, most frequent first. */
export function extractionLine({ policy, rules }: ExtractionReport): string {
  const total = Object.values(rules).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(rules)
    .sort(([, a], [, b]) => b - a)
    .map(([rule, count]) => `${rule} ${((100 * count) / total).toFixed(1)}%`);
  return `answers (extraction: ${policy}) found by: ${shares.join(', ')}`;
}
