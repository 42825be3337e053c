/**
 * Whether the Vendi score on mean hidden states measures more than the lengths of a teacher's questions:
 * `npm run bench:diversity -- FOLDER...`, each a comparison's; `--model DIR`, default: the shipped base model.
 *
 * Each line has two scores on each kernel: of the teacher's questions, and of questions of the same kinds and lengths
 * whose numbers are drawn uniformly, which are as diverse as those kinds can be. Before them, uniform questions of
 * one kind: a mean over more tokens varies less, so long questions score lower however diverse they are. Not a test:
 * nothing fails here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TrainerService } from '@soar/contracts';
import { Random } from '@soar/core';
import { arithmeticGrammar } from '@soar/domains';
import { cosineKernel, diversity, ngramKernel } from '@soar/experiments';
import { createClient } from '@soar/grpc-kit';
import { openArtifactStore } from '@soar/store';
import { readComparisonFolder } from '../results/comparison-folder.js';
import { startSoar } from '../soar-command.js';
import { baseModel } from '../tiny-run.js';

const RUN_MS_MAX = 10 * 60_000;
const QUESTIONS = 128;

const { values: flags, positionals: folders } = parseArgs({
  options: { model: { type: 'string', default: baseModel } },
  allowPositionals: true,
});
const random = Random.of(0).at('diversity');

/** A question of uniform numbers. */
function drawn(
  operator: arithmeticGrammar.Operator,
  operands: number,
  at: Random,
): arithmeticGrammar.Question {
  const numbers = Array.from({ length: operands }, (_, i) => at.integer(i, 10 ** arithmeticGrammar.DIGITS));
  return {
    operator,
    operands: numbers.map((number) => String(number).padStart(arithmeticGrammar.DIGITS, '0')),
  };
}

const out = mkdtempSync(join(tmpdir(), 'soar-diversity-'));
const services = startSoar(['up', '--free-ports', '--json', '--out', out], RUN_MS_MAX);
try {
  const { addresses } = JSON.parse(await services.firstLine) as { addresses: { trainer: string } };
  const trainer = createClient(TrainerService, addresses.trainer);
  const checkpoint = await (await openArtifactStore(out)).importFolder(flags.model, 'models/base');

  async function scores(texts: readonly string[]): Promise<string> {
    const { embeddings } = await trainer.embed({ checkpoint, texts: [...texts] }, { deadlineMs: RUN_MS_MAX });
    const hidden = cosineKernel(embeddings.map(({ values }) => values));
    const [states, trigrams] = [hidden, ngramKernel(texts)].map((kernel) => diversity(kernel, random).value);
    return `hidden states ${states!.toFixed(2)}, trigrams ${trigrams!.toFixed(1)}`;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);

  for (const operator of ['+', '-'] as const) {
    for (let operands = operator === '+' ? 1 : 2; operands <= 6; operands++) {
      const questions = Array.from({ length: QUESTIONS }, (_, i) =>
        drawn(operator, operands, random.at(operator, operands, i)),
      );
      say(
        `uniform, ${arithmeticGrammar.kindOf(questions[0]!)}: ${await scores(questions.map(arithmeticGrammar.spell))}`,
      );
    }
  }
  const teachers = folders.flatMap((folder) => [...readComparisonFolder(folder).units]);
  for (const [name, unit] of teachers) {
    if (unit.unit !== 'teacher') continue;
    const asked = unit.questions.map(({ question }) => question);
    const uniform = asked.map((text, i) => {
      const read = arithmeticGrammar.readQuestion(text);
      if (read === undefined) return text;
      return arithmeticGrammar.spell(drawn(read.operator, read.operands.length, random.at('same', i)));
    });
    say(`${name}: ${await scores(asked)}; uniform, same kinds: ${await scores(uniform)}`);
  }
  trainer.close();
} finally {
  services.child.kill('SIGTERM');
  await services.ended;
  rmSync(out, { recursive: true, force: true });
}
