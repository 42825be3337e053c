/**
 * Figures that the log of experiments cites beside those of the reports, computed from the raw results: `npm run results:figures`
 * prints them, and a test finds each line in the log.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runConfigFromJson } from '@soar/contracts';
import {
  type ArmName,
  comparisonReport,
  type ComparisonReport,
  type Estimate,
  mean,
  type TeacherName,
  type TeacherUnit,
  tenths,
  type Unit,
} from '@soar/experiments';
import {
  type ComparisonFolder,
  publishedComparisons,
  readComparisonFolder,
  resultsFolder,
} from './comparison-folder.js';

/** One figure a line. */
export function figures(): string[] {
  const folders = new Map(
    publishedComparisons().map((name) => [name, readComparisonFolder(join(resultsFolder, name))]),
  );
  const of = (name: string): ComparisonFolder => folders.get(name)!;
  const shipped = of('quickstart');
  return [
    ...tenSeeds(shipped, of('seeds-6-to-9')),
    ...dose(shipped),
    ...diversity(reportOf(shipped)),
    ...[...folders].flatMap(([name, folder]) => afterPromotion(name, folder)),
  ];
}

function reportOf({ comparison, units }: ComparisonFolder): ComparisonReport {
  return comparisonReport(comparison, [...units.values()]);
}

/** PS and PQ over teacher seeds 0 to 9: six with three students each, four with one. */
function tenSeeds(first: ComparisonFolder, rest: ComparisonFolder): string[] {
  const arms: readonly ArmName[] = ['hard-only', 'ps', 'pq'];
  const units = [...first.units.values(), ...rest.units.values()].filter(
    (unit) => unit.unit === 'student' && arms.includes(unit.arm),
  );
  const report = comparisonReport(first.comparison, units);
  return report.arms.map(
    ({ title, passAt, students }) =>
      `ten seeds, ${title}: pass@1 ${withInterval(passAt[1]!)}, ${students} students`,
  );
}

/** How often students of PQ drew a promotion question in the stage that has them: first, and mixed with the hard problems. */
function dose({ comparison, units }: ComparisonFolder): string[] {
  const config = runConfigFromJson(comparison.config, 'comparison.json');
  const draws = config.comparison!.syntheticSteps * config.student!.rl!.questionsPerStep;
  const questions = mean(
    teachers(units.values(), 'grounded').map((unit) => unit.promotions.flatMap((p) => p.questions).length),
  );
  const share = questions / (questions + comparison.problems.train);
  return [
    `dose, questions first: ${draws} draws of ${questions} questions, ${(draws / questions).toFixed(2)} of each`,
    `dose, mixed with ${comparison.problems.train} hard problems: ${(draws * share).toFixed(1)} draws of ${questions} ` +
      `questions, ${((draws * share) / questions).toFixed(2)} of each`,
  ];
}

/** Vendi scores of finished teachers' questions, as a share of those of the untrained teacher. */
function diversity({ teachers: all }: ComparisonReport): string[] {
  const base = all.find(({ teacher }) => teacher === 'base')!.asked;
  return all
    .filter(({ teacher }) => teacher !== 'base')
    .map(({ title, asked }) => {
      const kept = (now: Estimate, before: Estimate): string =>
        `${Math.round((100 * now.value) / before.value)} %`;
      const checks = Object.entries(asked.kinds).filter(([kind]) => kind.startsWith('check number'));
      const share = checks.reduce((sum, [, part]) => sum + part, 0);
      return (
        `diversity, ${title}: trigrams ${kept(asked.diversity!, base.diversity!)}, ` +
        `hidden states ${kept(asked.hiddenDiversity!, base.hiddenDiversity!)}, check numbers ${Math.round(100 * share)} %`
      );
    });
}

/** Outer steps after a teacher's last promotion, and those whose mean reward is negative. */
function afterPromotion(name: string, { units }: ComparisonFolder): string[] {
  const rewards = teachers(units.values(), 'grounded').flatMap(({ steps, promotions }) => {
    const last = promotions.at(-1)?.step;
    return last === undefined
      ? []
      : steps.filter(({ step }) => step > last).map((step) => mean(step.rewards));
  });
  if (rewards.length === 0) return [];
  const negative = rewards.filter((reward) => reward < 0).length;
  return [
    `after the last promotion, ${name}: mean reward negative in ${negative} of ${rewards.length} steps`,
  ];
}

function teachers(units: Iterable<Unit>, name: TeacherName): TeacherUnit[] {
  return [...units].filter((unit): unit is TeacherUnit => unit.unit === 'teacher' && unit.teacher === name);
}

function withInterval({ value, interval }: Estimate): string {
  return `${tenths(value)} [${interval!.map(tenths).join(', ')}]`;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
  process.stdout.write(`${figures().join('\n')}\n`);
