/** `soar screen`: finds the problems that a model never solves. */
import {
  hardSplit,
  hashProblems,
  requireFreeFolder,
  SCREENING_FORMAT,
  writeScreenedSet,
  type ScreeningManifest,
} from '@soar/datasets';
import type { Command } from 'commander';
import { evaluateModel } from '../evaluate-model.js';
import { extractionLine } from '../extraction.js';
import { formatSeconds, progressOn } from '../progress.js';
import { requireReadable, ungradedWarning } from '../readable-problems.js';
import { askingOf } from '../run-config.js';
import { addSamplingFlags, askedWith, type SamplingFlags } from './evaluate.js';
import { describeSet, readSelected } from './problem-flags.js';

interface ScreenFlags extends SamplingFlags {
  readonly out: string;
}

export function addScreen(program: Command): void {
  const command = program
    .command('screen')
    .summary('find the problems that a model never solves')
    .description(
      'Samples a model on a pool of problems, keeps those without a correct sample, splits them 50/50 and writes\n' +
        "train.jsonl, test.jsonl and manifest.json (the outcome of every problem, tied to the model's hash).",
    )
    .requiredOption('--out <dir>', 'folder for the hard problems; must be empty or not exist yet');
  addSamplingFlags(command, 128)
    .addHelpText(
      'after',
      `
Examples:
  soar screen --model base/ --problems pool.jsonl --samples 128 --out hard/
  soar screen --model base/ --problems pool.jsonl --domain arithmetic --max-new-tokens 64 --out hard/`,
    )
    .action(async (flags: ScreenFlags, command: Command) => {
      const asked = await askedWith(flags, command);
      const { domain } = asked;
      requireFreeFolder(flags.out);
      const pool = await readSelected(flags.problems, flags, 'train');
      const progress = progressOn(process.stderr, flags.json);
      const say = (line: string): void => progress.line(line);
      say(describeSet(pool));
      const readable = await requireReadable(domain, pool, say);
      const plan = { ...flags, ...asked, problems: readable, modelFolder: flags.model };
      const { checkpoint, outcomes, extraction, seconds } = await evaluateModel(plan, progress);
      const warning = ungradedWarning(outcomes);
      if (warning !== undefined) say(warning);
      const manifest: ScreeningManifest = {
        format: SCREENING_FORMAT,
        modelSha256: checkpoint.sha256,
        problemsSha256: hashProblems(readable),
        ...askingOf(domain.name, asked.prompt, domain.definition),
        samples: flags.samples,
        sampling: {
          temperature: asked.temperature,
          topP: 1,
          topK: 0,
          maxNewTokens: asked.maxNewTokens,
          ...(asked.think && { thinkTokensMax: asked.think.tokensMax }),
        },
        seed: flags.seed,
        extraction,
        outcomes: outcomes.map(({ problemId, samples, correct, ungraded }) => ({
          problemId,
          samples,
          correct,
          ungraded,
        })),
      };
      const set = hardSplit(readable, manifest, pool.source);
      await writeScreenedSet(flags.out, set, manifest);
      const counts = { screened: readable.length, train: set.train.length, test: set.test.length };
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ out: flags.out, ...counts })}\n`);
      else {
        process.stdout.write(
          `${counts.train + counts.test} of ${counts.screened} problems have 0 of ${flags.samples} samples correct ` +
            `(${formatSeconds(seconds)}): ${counts.train} train, ${counts.test} held out\n` +
            `${extractionLine(extraction)}\n${flags.out}\n`,
        );
      }
    });
}
