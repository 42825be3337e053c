/** `soar diversity`: how many different questions there are, by embeddings of the user's choice. */
import { Random, UserError } from '@soar/core';
import { cosineKernel, diversity, type Diversity } from '@soar/experiments';
import { embeddingSettings } from '@soar/judge';
import type { Command } from 'commander';
import { embeddingsKey } from '../config.js';
import { type Embed, fromEndpoint, fromFile, withModel } from '../diversity/embedders.js';
import { type QuestionSet, questionSets } from '../diversity/question-sets.js';
import { interruptible } from '../interruptible.js';
import { type Progress, progressOn } from '../progress.js';
import { formatTable } from '../report-table.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import { wholeNumber } from './option-parsers.js';

interface DiversityFlags extends ComputeFlags {
  readonly model?: string;
  readonly embeddings?: string;
  readonly embeddingsUrl?: string;
  readonly embeddingsModel?: string;
  readonly artifacts: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function addDiversity(program: Command): void {
  const command = program
    .command('diversity')
    .summary('measure how many different questions there are')
    .description(
      'Prints the Vendi score of each set of questions: of files of problems, and of the teachers in folders of\n' +
        'comparisons. 128 questions are drawn with replacement, 100 times. 1: all alike; equal sizes compare.\n' +
        'Questions are alike whose embeddings are: mean hidden states of a model (--model), vectors of an\n' +
        'OpenAI-compatible endpoint (--embeddings-url, key in SOAR_EMBEDDINGS_KEY), or those of a file (--embeddings).',
    )
    .argument(
      '<source...>',
      'files of problems (such as promotion-questions.jsonl), or folders of `soar compare`',
    )
    .option('--model <dir>', 'model folder whose mean hidden states are the embeddings')
    .option('--embeddings <file>', 'JSONL of {"text", "embedding"}, one row for each question')
    .option('--embeddings-url <url>', 'OpenAI-compatible endpoint of embeddings, such as https://host/v1')
    .option('--embeddings-model <name>', "the endpoint's name of a model")
    .option('--artifacts <dir>', 'artifact store that the model of --model is imported into', 'runs')
    .option('--seed <n>', 'seed of the draws', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--json', 'print one JSON object for each set');
  addComputeFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  soar diversity --model base/ runs/demo/promotion-questions.jsonl
  soar diversity --embeddings-url http://127.0.0.1:8080/v1 --embeddings-model qwen3-embedding comparison/
  soar diversity --embeddings vectors.jsonl comparison/`,
    )
    .action(async (sources: string[], flags: DiversityFlags) => {
      const progress = progressOn(process.stderr, flags.json);
      requireOneSource(flags);
      const sets = await questionSets(sources);
      const found = await embedded(flags, progress, (embed) => measured(sets, embed, flags.seed));
      const rows = found.map(({ name, score }) => [
        name,
        String(score.questions),
        score.value.toFixed(1),
        score.interval.map((end) => end.toFixed(1)).join(' to '),
        score.whole.toFixed(1),
      ]);
      process.stdout.write(
        flags.json === true
          ? found.map(({ name, score }) => `${JSON.stringify({ name, ...score })}\n`).join('')
          : `${formatTable([['', 'questions', 'Vendi score', 'middle 95 %', 'each once'], ...rows])}\n`,
      );
    });
}

/** One way to get embeddings, and all that it needs. Throws UserError. */
function requireOneSource({ model, embeddings, embeddingsUrl, embeddingsModel }: DiversityFlags): void {
  const given = [model, embeddings, embeddingsUrl].filter((flag) => flag !== undefined).length;
  if (given !== 1)
    throw new UserError(
      `expected one of --model, --embeddings and --embeddings-url, got ${given === 0 ? 'none' : 'several'}`,
    );
  if ((embeddingsUrl === undefined) !== (embeddingsModel === undefined))
    throw new UserError('--embeddings-url and --embeddings-model go together');
}

function embedded<T>(
  flags: DiversityFlags,
  progress: Progress,
  work: (embed: Embed) => Promise<T>,
): Promise<T> {
  const { model, embeddings, embeddingsUrl, embeddingsModel } = flags;
  if (model !== undefined) return withModel({ ...flags, model }, progress, work);
  if (embeddings !== undefined) return fromFile(embeddings).then(work);
  const settings = embeddingSettings(embeddingsUrl!, embeddingsModel!, embeddingsKey());
  return interruptible(
    (signal) => work(fromEndpoint(settings, progress, signal)),
    'interrupted; nothing was measured',
  );
}

interface Measured {
  readonly name: string;
  readonly score: Diversity;
}

/** Each text is embedded once, however many sets it is in. */
async function measured(sets: readonly QuestionSet[], embed: Embed, seed: number): Promise<Measured[]> {
  const texts = [...new Set(sets.flatMap(({ questions }) => questions))];
  const vectors = await embed(texts);
  const byText = new Map(texts.map((text, i) => [text, vectors[i]!]));
  return sets.map(({ name, questions }) => ({
    name,
    score: diversity(
      cosineKernel(questions.map((text) => byText.get(text)!)),
      Random.of(seed).at('diversity'),
    ),
  }));
}
