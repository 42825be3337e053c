/** `soar problems`: what files of problems hold, and problems as rows for a fine-tuning (problem-rows.ts). */
import { splitsAt, type ProblemSet } from '@soar/datasets';
import { printable } from '@soar/core';
import { Argument, type Command } from 'commander';
import { DOMAIN_HELP, domainFrom } from '../domains/chosen-domain.js';
import { formatInspection, formatOverlaps, inspect, type Inspection, overlaps } from '../inspect-problems.js';
import { addProblemFlags, PROBLEMS_HELP, readSelected, type ProblemFlags } from './problem-flags.js';
import { addProblemRows } from './problem-rows.js';

/** The problems at a path: those of each split of a folder, unless one is chosen. */
async function setsAt(path: string, flags: ProblemFlags): Promise<ProblemSet[]> {
  const splits = flags.split === undefined ? await splitsAt(path) : [];
  if (splits.length < 2) return [await readSelected([path], flags)];
  const sets: ProblemSet[] = [];
  for (const split of splits)
    sets.push({ ...(await readSelected([path], { ...flags, split })), source: `${path} (${split})` });
  return sets;
}

interface InspectFlags extends ProblemFlags {
  readonly domain: string;
  readonly json?: boolean;
}

export function addProblems(program: Command): void {
  const problems = program
    .command('problems')
    .summary('look into problem files, and write them as rows for a fine-tuning')
    .description('Looks into problem files, and writes them as rows for a fine-tuning.');
  addProblemRows(problems);
  const command = problems
    .command('inspect')
    .description(
      'Says what files of problems were recognised as, how many problems they hold, the first five, which gold ' +
        'answers cannot be read and why, and which questions occur more than once, in one file or in several.',
    )
    .addArgument(new Argument('<path...>', PROBLEMS_HELP.replace('; repeatable', '')))
    .option('--domain <name>', `domain that reads the gold answers: ${DOMAIN_HELP}`, 'math')
    .option('--json', 'print one JSON object on stdout, with every finding');
  addProblemFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  soar problems inspect gsm8k-train.jsonl gsm8k-test.jsonl
  soar problems inspect my-dataset/ --split train --question-field body --answer-field target`,
    )
    .action(async (paths: string[], flags: InspectFlags) => {
      const domain = await domainFrom(flags.domain);
      const sets: ProblemSet[] = [];
      for (const path of paths) sets.push(...(await setsAt(path, flags)));
      const files: Inspection[] = [];
      for (const set of sets) files.push(await inspect(set, domain));
      const shared = overlaps(sets);
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ domain: domain.name, files, overlaps: shared })}\n`
          : printable(
              files.map((file) => formatInspection(file, domain)).join('\n') + formatOverlaps(shared),
            ),
      );
    });
}
