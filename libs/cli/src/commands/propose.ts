/** `soar propose`: what a model writes as a teacher, before any run. */
import type { SampledProposal, TeacherConfig } from '@soar/contracts';
import type { Command } from 'commander';
import { defaultArtifacts } from '../config.js';
import { DOMAIN_HELP, domainFrom, domainIn } from '../domains/chosen-domain.js';
import { requireWritable, writeText } from '../files.js';
import { requireModelFolder } from '../import-model.js';
import { progressOn } from '../progress.js';
import { percent } from '../report-table.js';
import { presetConfig, loadRunConfig } from '../run-config.js';
import { sampleTeacher } from '../sample-proposals.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import { seedNumber, wholeNumber } from './option-parsers.js';

interface ProposeFlags extends ComputeFlags {
  readonly model: string;
  readonly config?: string;
  readonly domain?: string;
  readonly samples: number;
  readonly examples: number;
  readonly seed?: number;
  readonly out?: string;
  readonly artifacts: string;
  readonly json?: boolean;
}

/** Longest text of an example, in characters. */
const EXAMPLE_CHARS_MAX = 600;

export function addPropose(program: Command): void {
  const command = program
    .command('propose')
    .summary('show what a model writes as a teacher')
    .description(
      'Samples proposals as the first step of a run does, and prints how many are well-formed, why the others are\n' +
        'rejected, and examples of both. Nothing is trained.',
    )
    .requiredOption('--model <dir>', 'model: a Hugging Face folder')
    .option('--config <file>', 'configuration of a run: its domain, and prompt and sampling of its teacher')
    .option('--domain <name>', `domain, in place of the configuration's (default: math): ${DOMAIN_HELP}`)
    .option('--samples <n>', 'proposals to sample', wholeNumber(1, 100_000), 64)
    .option('--examples <n>', 'examples of each kind to print', wholeNumber(0, 1000), 3)
    .option('--seed <n>', "seed of all random numbers (default: the configuration's)", seedNumber)
    .option('--out <file>', 'also write every proposal, as JSON Lines')
    .option(
      '--artifacts <location>',
      'artifact store that the model is imported into: a folder (logs go there too) or s3://bucket/prefix',
      defaultArtifacts() ?? 'runs',
    )
    .option('--json', 'print one JSON object on stdout instead of text');
  addComputeFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  soar propose --model base/
  soar propose --model warm/ --config run.yaml --samples 256 --out proposals.jsonl`,
    )
    .action(run);
}

async function run(flags: ProposeFlags): Promise<void> {
  const config = flags.config === undefined ? presetConfig('paper') : await loadRunConfig(flags.config);
  const isConfigured = flags.domain === undefined && flags.config !== undefined;
  const domain = isConfigured ? domainIn(config) : await domainFrom(flags.domain ?? 'math');
  requireModelFolder(flags.model);
  if (flags.out !== undefined) requireWritable(flags.out);
  const progress = progressOn(process.stderr, flags.json);
  const teacher = config.teacher!;
  const plan = { ...flags, modelFolder: flags.model, domain, teacher, seed: flags.seed ?? config.seed };
  const proposals = await sampleTeacher(plan, progress);
  if (flags.out !== undefined) {
    const lines = proposals.map((proposal) => `${JSON.stringify(rowOf(proposal))}\n`);
    await writeText(flags.out, lines.join(''));
  }
  const wellFormed = proposals.filter(({ problem }) => problem !== undefined).length;
  const rejected = reasonsOf(proposals);
  if (flags.json === true) {
    const tokens = meanTokens(proposals);
    const counts = {
      domain: domain.name,
      samples: proposals.length,
      wellFormed,
      rejected: Object.fromEntries(rejected),
      tokens,
    };
    process.stdout.write(`${JSON.stringify({ ...counts, proposals: proposals.map(rowOf) })}\n`);
    return;
  }
  const reasons = rejected.map(([reason, count]) => `${count} x ${reason}`);
  const lines = [
    ...examplesOf(proposals, flags.examples),
    `${wellFormed} of ${proposals.length} proposals are well-formed (${percent(wellFormed / proposals.length)}), ` +
      `${meanTokens(proposals).toFixed(0)} tokens each on average`,
    ...(reasons.length === 0 ? [] : [`rejected: ${reasons.join('; ')}`]),
    ...outlook(teacher, wellFormed / proposals.length),
    ...(flags.out === undefined ? [] : [flags.out]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What such a share means for a run. */
function outlook(
  { datasets, questionsPerDataset, wellFormedShareMin }: TeacherConfig,
  share: number,
): string[] {
  const wanted = datasets * questionsPerDataset;
  const least = wellFormedShareMin ?? 0.02;
  if (share < least || share === 0) {
    return [
      `a run needs a share of at least ${percent(least)} (teacher.wellFormedShareMin); another prompt ` +
        '(teacher.prompt) or "soar finetune" may give the model the form',
    ];
  }
  return [`an outer step needs ${wanted} of them: about ${Math.ceil(wanted / share)} rollouts`];
}

/** A proposal as a row of a file. */
function rowOf({ text, problem, reason, tokens }: SampledProposal): Record<string, unknown> {
  return {
    wellFormed: problem !== undefined,
    question: problem?.question ?? null,
    answer: problem?.answer ?? null,
    reason: problem === undefined ? reason : null,
    tokens,
    text,
  };
}

/** Reasons of rejection with their counts, most frequent first. What was got is no part of a reason. */
function reasonsOf(proposals: readonly SampledProposal[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { problem, reason } of proposals) {
    const label = reason.split(', got ')[0]!;
    if (problem === undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

function meanTokens(proposals: readonly SampledProposal[]): number {
  return proposals.reduce((sum, { tokens }) => sum + tokens, 0) / proposals.length;
}

function examplesOf(proposals: readonly SampledProposal[], count: number): string[] {
  const some = (isGood: boolean): SampledProposal[] =>
    proposals.filter(({ problem }) => (problem !== undefined) === isGood).slice(0, count);
  return [
    ...some(true).map(
      ({ problem }) => `--- well-formed\nquestion: ${problem!.question}\nanswer: ${problem!.answer}`,
    ),
    ...some(false).map(({ reason, text }) => `--- rejected: ${reason}\n${shortened(text)}`),
    '---',
  ];
}

function shortened(text: string): string {
  const chars = [...text.trim()];
  return chars.length > EXAMPLE_CHARS_MAX
    ? `${chars.slice(0, EXAMPLE_CHARS_MAX).join('')} ...`
    : chars.join('');
}
