/** A whole run at the smallest size that still does everything, promotions included: seconds instead of minutes. */
import { join } from 'node:path';
import { arithmeticGrammar as grammar } from '@soar/domains';
import { repositoryRoot } from './repository-root.js';
import type { TemporaryFolder } from './temporary-folder.js';

export const outerSteps = 2;
export const problemsPerSplit = 4;

/** The base model that ships with the project. */
export const baseModel = join(repositoryRoot, 'libs/quickstart/assets/base-model');

/** tau is -1, so that every step promotes. */
export const configuration = `preset: quickstart
outerSteps: ${outerSteps}
rewardQuestions: 4
teacher: { datasets: 2, questionsPerDataset: 4 }
student:
  repeats: 1
  steps: 2
  rl: { questionsPerStep: 2, groupSize: 4 }
promotion: { tau: -1, window: 1 }
comparison:
  samplesPerProblem: 4
  passAt: [1, 4]
  syntheticSteps: 2
  hardSteps: 2
`;

/** The same with adapters in place of the weights, of the teacher and of the students. */
export const adapterConfiguration = configuration
  .replace('questionsPerDataset: 4 }', 'questionsPerDataset: 4, adapter: { rank: 4 } }')
  .replace('groupSize: 4 }', 'groupSize: 4, adapter: { rank: 4, alpha: 16, targets: [q_proj, v_proj] } }');

/** JSONL of arithmetic problems; different `first` give different ones. */
export function problemLines(first: number, count = problemsPerSplit): string {
  return Array.from({ length: count }, (_, i) => {
    const operands = [first + i, 2 * first + i, 3 * first].map((n) => String(n % 1000).padStart(3, '0'));
    const sum = { operator: '+', operands } as const;
    const problem = { id: `p${first}-${i}`, question: grammar.spell(sum), answer: grammar.answerOf(sum) };
    return `${JSON.stringify(problem)}\n`;
  }).join('');
}

/** Writes the inputs of a tiny run and returns the arguments of `soar` for it. */
export function tinyRun(
  folder: TemporaryFolder,
  out: string,
  more: readonly string[] = [],
  config = configuration,
): string[] {
  return [
    'run',
    folder.write('tiny.yaml', config),
    '--model',
    baseModel,
    '--train',
    folder.write('train.jsonl', problemLines(101)),
    '--test',
    folder.write('test.jsonl', problemLines(501)),
    '--out',
    out,
    ...(more.includes('--coordinator') || more.includes('--dashboard') ? [] : ['--dashboard', 'off']),
    ...more,
  ];
}
