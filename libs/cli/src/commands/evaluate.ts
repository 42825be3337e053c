/** `soar evaluate`: pass@k of a model folder on a problem file. */
import { UserError } from '@soar/core';
import type { PromptConfig, ThinkConfig } from '@soar/contracts';
import { Option, type Command } from 'commander';
import { defaultArtifacts } from '../config.js';
import { type ChosenDomain, DOMAIN_HELP, domainFrom, domainIn } from '../domains/chosen-domain.js';
import { evaluateModel } from '../evaluate-model.js';
import { EXTRACTIONS, extractionLine, type Extraction } from '../extraction.js';
import { requireWritable, writeText } from '../files.js';
import { formatSeconds, progressOn } from '../progress.js';
import { meanPassAtK, requireReadable, ungradedWarning } from '../readable-problems.js';
import { formatTable, percent } from '../report-table.js';
import { askingOf, loadRunConfig } from '../run-config.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import {
  COMPLETIONS_HELP,
  completionsFormat,
  realNumber,
  seedNumber,
  wholeNumber,
  wholeNumbers,
} from './option-parsers.js';
import {
  addProblemFlags,
  collected,
  describeSet,
  PROBLEMS_HELP,
  readSelected,
  type ProblemFlags,
} from './problem-flags.js';

/** Flags that `soar evaluate` and `soar screen` share. */
export interface SamplingFlags extends ComputeFlags, ProblemFlags {
  readonly model: string;
  readonly problems: readonly string[];
  readonly config?: string;
  readonly domain: string;
  readonly samples: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly extraction?: Extraction;
  readonly artifacts: string;
  readonly completions?: string;
  readonly completionsFormat?: string;
  readonly json?: boolean;
}

/** How the model is asked: flags that were given win over the configuration that they may name. */
export type Asked = Pick<SamplingFlags, 'temperature' | 'maxNewTokens'> & {
  readonly domain: ChosenDomain;
  readonly prompt: PromptConfig | undefined;
  /** The budget for thoughts. */
  readonly think?: ThinkConfig | undefined;
};

export async function askedWith(flags: SamplingFlags, command: Command): Promise<Asked> {
  const { temperature, maxNewTokens } = flags;
  if (flags.config === undefined)
    return { domain: await domainFrom(flags.domain), temperature, maxNewTokens, prompt: undefined };
  const config = await loadRunConfig(flags.config);
  const { prompt, rl } = config.student!;
  const sampling = rl!.sampling!;
  const given = (name: string): boolean => command.getOptionValueSource(name) !== 'default';
  return {
    domain: given('domain') ? await domainFrom(flags.domain) : domainIn(config),
    temperature: given('temperature') ? temperature : sampling.temperature,
    maxNewTokens: given('maxNewTokens') ? maxNewTokens : sampling.maxNewTokens,
    prompt,
    think: sampling.think,
  };
}

interface EvaluateFlags extends SamplingFlags {
  readonly passAt: number[];
  readonly output?: string;
}

/** Adds the shared flags. */
export function addSamplingFlags(command: Command, samples: number): Command {
  command
    .requiredOption('--model <dir>', 'model: a Hugging Face folder')
    .requiredOption('--problems <path>', PROBLEMS_HELP, collected);
  addProblemFlags(command)
    .option(
      '--config <file>',
      'configuration of a run, whose domain, student prompt and student sampling are used where no flag says otherwise',
    )
    .option('--domain <name>', `domain that sets the prompts and grades the answers: ${DOMAIN_HELP}`, 'math')
    .option('--samples <n>', 'samples per problem', wholeNumber(1, 4096), samples)
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', realNumber(0, 10), 1)
    .option('--max-new-tokens <n>', 'maximum length of an answer, in tokens', wholeNumber(1, 32_768), 1024)
    .option('--seed <n>', 'seed of all random numbers', seedNumber, 0)
    .addOption(
      new Option(
        '--extraction <rule>',
        'what counts as an answer: only a box, or anything that the text states (default: boxed where the ' +
          'prompt asks for a box)',
      ).choices(EXTRACTIONS),
    )
    .option(
      '--artifacts <location>',
      'artifact store that the model is imported into: a folder (logs go there too) or s3://bucket/prefix',
      defaultArtifacts() ?? 'runs',
    )
    .option('--completions <dir>', COMPLETIONS_HELP)
    .addOption(completionsFormat())
    .option('--json', 'print JSON on stdout instead of text');
  return addComputeFlags(command);
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure pass@k of a model on problems')
    .description('Samples a model on problems and prints unbiased pass@k (Chen et al., arXiv 2107.03374).');
  addSamplingFlags(command, 32)
    .option(
      '--pass-at <k,...>',
      'values of k (default: 1, 4, 8, 16, 32, up to the number of samples)',
      wholeNumbers(1, 4096),
    )
    .option('--output <file>', 'also write the result, with the outcome of every problem, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  soar evaluate --model base/ --problems test.jsonl --samples 32
  soar evaluate --model base/ --problems test.jsonl --samples 1 --temperature 0 --json`,
    )
    .action(async (flags: EvaluateFlags, command: Command) => {
      const asked = await askedWith(flags, command);
      const { domain } = asked;
      const set = await readSelected(flags.problems, flags, 'test');
      if (flags.output !== undefined) requireWritable(flags.output);
      const ks = flags.passAt ?? [1, 4, 8, 16, 32].filter((k) => k <= flags.samples);
      const tooLarge = ks.find((k) => k > flags.samples);
      if (tooLarge !== undefined) {
        throw new UserError(
          `--pass-at ${tooLarge}: more than --samples ${flags.samples}; raise --samples or leave this k out`,
        );
      }
      const progress = progressOn(process.stderr, flags.json);
      const say = (line: string): void => progress.line(line);
      say(describeSet(set));
      const problems = await requireReadable(domain, set, say);
      const plan = { ...flags, ...asked, problems, modelFolder: flags.model };
      const { checkpoint, outcomes, extraction, threads, seconds } = await evaluateModel(plan, progress);
      const shares = ks.map((k) => [k, meanPassAtK(outcomes, k) ?? null] as const);
      const warning = ungradedWarning(outcomes);
      if (warning !== undefined) say(warning);
      const { domainSha256, prompt } = askingOf(domain.name, asked.prompt, domain.definition);
      const result = {
        model: { key: checkpoint.key, sha256: checkpoint.sha256 },
        domain: domain.name,
        ...(domainSha256 !== undefined && { domainSha256 }),
        problems: problems.length,
        unreadable: set.problems.length - problems.length,
        samplesPerProblem: flags.samples,
        prompt,
        sampling: { temperature: asked.temperature, maxNewTokens: asked.maxNewTokens, seed: flags.seed },
        threads,
        provider: flags.provider ?? 'cpu',
        precision: flags.precision ?? 'f32',
        extraction,
        passAtK: Object.fromEntries(shares),
        outcomes: outcomes.map(({ problemId, correct, ungraded }) => ({ id: problemId, correct, ungraded })),
      };
      if (flags.output !== undefined) await writeText(flags.output, `${JSON.stringify(result, null, 2)}\n`);
      if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
      else {
        const rows = [
          ks.map((k) => `pass@${k}`),
          shares.map(([, share]) => (share === null ? '-' : percent(share))),
        ];
        const count = `${problems.length} problems, ${flags.samples} samples each, ${formatSeconds(seconds)}`;
        const table = formatTable(rows.map((row, i) => [i === 0 ? '' : 'model', ...row]));
        process.stdout.write(`${table}\n${count}\n${extractionLine(extraction)}\n`);
      }
    });
}
