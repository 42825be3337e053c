/** `soar problems to-proposals` and `to-solutions`: problems as rows that `soar finetune` takes. */
import { askedModel } from '@soar/prompts';
import { readBaseConfig } from '@soar/runtime';
import { Argument, type Command } from 'commander';
import { DOMAIN_HELP, domainFrom, requireGradedHere, domainIn } from '../domains/chosen-domain.js';
import { requireWritable, writeText } from '../files.js';
import { requireModelFolder } from '../import-model.js';
import { proposalRows, solutionRows, type Rows } from '../warm-start-rows.js';
import {
  addProblemFlags,
  describeSet,
  PROBLEMS_HELP,
  readSelected,
  type ProblemFlags,
} from './problem-flags.js';
import { loadRunConfig } from '../run-config.js';

interface RowFlags extends ProblemFlags {
  readonly model: string;
  readonly config?: string;
  readonly domain: string;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds both commands to `soar problems`. */
export function addProblemRows(problems: Command): void {
  addRows(
    problems,
    'to-proposals',
    'Writes problems as proposals: what the teacher is asked, and the problem with its answer in the shape that the ' +
      'domain reads.',
  );
  addRows(
    problems,
    'to-solutions',
    'Writes problems as solutions: what a student is asked, and the solution that the problem comes with, its ' +
      'answer in a box where the prompt asks for one.',
  );
}

function addRows(problems: Command, name: 'to-proposals' | 'to-solutions', description: string): void {
  const command = problems
    .command(name)
    .description(
      `${description} The rows have the fields "prompt" and "completion", as "soar finetune" and TRL read them.`,
    )
    .addArgument(new Argument('<path...>', PROBLEMS_HELP.replace('; repeatable', '')))
    .requiredOption('--model <dir>', 'model that will be asked: a Hugging Face folder')
    .option('--config <file>', 'configuration of a run (default: the prompts of --domain)')
    .option('--domain <name>', `domain, where no configuration names one: ${DOMAIN_HELP}`, 'math')
    .requiredOption('--out <file>', 'file for the rows, JSON Lines')
    .option('--json', 'print one JSON object on stdout instead of text');
  addProblemFlags(command)
    .addHelpText(
      'after',
      `
Example:
  soar problems ${name} gsm8k-train.jsonl --model base/ --config run.yaml --out rows.jsonl`,
    )
    .action(async (paths: string[], flags: RowFlags) => {
      const config = flags.config === undefined ? undefined : await loadRunConfig(flags.config);
      const domain = config === undefined ? await domainFrom(flags.domain) : domainIn(config);
      const { folder, base = folder } = requireModelFolder(flags.model);
      const { eosTokenIds, vocabSize } = readBaseConfig(base);
      const model = await askedModel(base, { eosIds: eosTokenIds, modelVocabSize: vocabSize });
      requireWritable(flags.out);
      const set = await readSelected(paths, flags, 'train');
      const { rows, left } =
        name === 'to-proposals'
          ? proposalRows(model, domain.asked, config?.teacher?.prompt, set)
          : await solutionRows(model, requireGradedHere(domain), config?.student?.prompt, set);
      await writeText(flags.out, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const counts = { rows: rows.length, leftOut: Object.fromEntries(left) };
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ out: flags.out, ...counts })}\n`
          : `${describeSet(set)}\n${describe({ rows, left })}\n${flags.out}\n`,
      );
    });
}

/** "7470 rows; left out: 3 x the answer: ..." */
function describe({ rows, left }: Rows): string {
  const reasons = [...left].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} x ${reason}`);
  return `${rows.length} rows${reasons.length === 0 ? '' : `; left out: ${reasons.join('; ')}`}`;
}
