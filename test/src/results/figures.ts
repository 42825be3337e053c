/**
 * The figures that the log of experiments cites, computed from the raw results. `npm run results:figures` prints
 * them, and a test finds every line in its entry of the log.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { runConfigFromJson, runReportFromJson } from '@soar/contracts';
import {
  type ArmName,
  comparisonReport,
  type ComparisonReport,
  type Estimate,
  mean,
  STAGES,
  type TeacherUnit,
  tenths,
} from '@soar/experiments';
import {
  armRows,
  longRows,
  pairRows,
  plateauRows,
  studentRows,
  teacherRows,
  withInterval,
} from './citation-tables.js';
import {
  type ComparisonFolder,
  published,
  publishedComparisons,
  publishedReport,
  resultsFolder,
} from './comparison-folder.js';

/** Comparisons without rewards by step, and those that the audit did not have. */
const NOT_IN_AUDIT: readonly string[] = [
  'frozen-low-tau',
  'intrinsic',
  'more-arms',
  'ten-teachers',
  'variant-b-frozen',
];

/** Lines that each entry of the log and the README cite, by their file, from docs/experiments. */
export function figures(): ReadonlyMap<string, readonly string[]> {
  const tables = (name: string): string[] => {
    const [folder, report] = [published(name), publishedReport(name)];
    return [
      ...armRows(report),
      ...plateauRows(report),
      ...pairRows(report),
      ...studentRows(folder),
      ...teacherRows(report),
      ...longRows(folder),
    ];
  };
  const students = (name: string): string[] => studentRows(published(name));
  const shipped = published('quickstart');
  return new Map([
    ['../../README.md', headline(publishedReport('ten-teachers'), publishedReport('frozen-low-tau'))],
    ['2026-11-30-ten-teachers.md', [...tables('ten-teachers'), ...byStage('ten-teachers')]],
    [
      '2026-11-30-audit.md',
      [
        ...['0.01', '0.05'].flatMap((tau) => [0, 1, 2].map((seed) => runRow(tau, seed))),
        ...tenSeeds(shipped, published('seeds-6-to-9')),
        ...dose(shipped),
        ...diversity(publishedReport('quickstart')),
        ...publishedComparisons()
          .filter((name) => !NOT_IN_AUDIT.includes(name))
          .flatMap(byStage),
      ],
    ],
    ['2026-11-28-shipped-task.md', [...tables('quickstart'), ...students('seeds-6-to-9')]],
    [
      '2026-11-28-base-seeds.md',
      ['base-seed-5', 'base-seed-6', 'base-seed-6/tau-0.01'].flatMap((name) => students(name)),
    ],
    ['2026-11-28-variant-b.md', tables('variant-b')],
    ['2026-11-30-variant-b-frozen.md', [...tables('variant-b-frozen'), ...byStage('variant-b-frozen')]],
    ['2026-11-30-more-arms.md', tables('more-arms')],
    ['2026-11-30-frozen-low-tau.md', tables('frozen-low-tau')],
    ['2026-11-27-sums-e11.md', students('intrinsic')],
  ]);
}

/** A run whose teacher never learns: promotions after which steps, and pass@1 of PS and PQ. */
function runRow(tau: string, seed: number): string {
  const file = join(resultsFolder, 'never-learns', `tau-${tau}-seed-${seed}.report.json.gz`);
  const report = runReportFromJson(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')), file);
  const steps = report.steps.flatMap(({ outerStep, score }) =>
    score?.promotion === undefined ? [] : [outerStep],
  );
  const before = report.steps.filter(({ outerStep }) => outerStep <= (steps[0] ?? Infinity));
  const highest = Math.max(...before.map(({ score }) => score!.movingAverage));
  const passOf = (arm: string): string => tenths(report.arms.find(({ name }) => name === arm)!.passAtK[1]!);
  const cells = [
    tau,
    String(report.steps.length),
    String(seed),
    steps.length === 0 ? 'none' : steps.join(', '),
    highest.toFixed(3),
    ...['hard-only', 'ps', 'pq'].map(passOf),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Hard-Only, PS and PQ over seeds 0 to 9: six teachers with three students each, four with one. */
function tenSeedsReport(first: ComparisonFolder, rest: ComparisonFolder): ComparisonReport {
  const arms: readonly ArmName[] = ['hard-only', 'ps', 'pq'];
  const units = [...first.units.values(), ...rest.units.values()].filter(
    (unit) => unit.unit === 'student' && arms.includes(unit.arm),
  );
  return comparisonReport(first.comparison, units);
}

/** The table of the README. */
function headline(shipped: ComparisonReport, lowTau: ComparisonReport): string[] {
  const rows: readonly (readonly [ArmName, string, ComparisonReport])[] = [
    ['hard-only', 'hard problems alone', shipped],
    ['base-t', "untrained teacher's questions first", shipped],
    ['grounded-t', "SOAR teacher's questions first", shipped],
    ['pq', 'promotion questions first (PQ)', shipped],
    ['frozen-pq', 'the same of a teacher that never learns', shipped],
    ['frozen-pq', "of one, at the paper's threshold of 0.01", lowTau],
    ['upper-bound', 'curated easier problems', shipped],
  ];
  return rows.map(([name, title, { arms }]) => {
    const { passAt, offPlateau, students } = arms.find(({ arm }) => arm === name)!;
    const share = `${offPlateau!.students} of ${students}: ${withInterval(offPlateau!.share)}`;
    return `| ${title} | ${withInterval(passAt[1])} | ${share} |`;
  });
}

function tenSeeds(first: ComparisonFolder, rest: ComparisonFolder): string[] {
  return tenSeedsReport(first, rest).arms.flatMap(({ title, passAt, students, offPlateau }) => {
    const { students: off, share, level } = offPlateau!;
    const at = level === undefined ? '' : `, those at ${withInterval(level)}`;
    return [
      `ten seeds, ${title}: pass@1 ${withInterval(passAt[1])}, ${students} students`,
      `ten seeds, ${title}: off the plateau ${off} of ${students}, share ${withInterval(share)}${at}`,
    ];
  });
}

/**
 * How often students of PQ drew a promotion question: first, and mixed with the hard problems for as many steps, as the
 * other mode did when these results were made.
 */
function dose({ comparison, units }: ComparisonFolder): string[] {
  const config = runConfigFromJson(comparison.config, 'comparison.json');
  const draws = config.comparison!.syntheticSteps * config.student!.rl!.questionsPerStep;
  const questions = mean(
    groundedTeachers(units).map((unit) => unit.promotions.flatMap((p) => p.questions).length),
  );
  const mixed = (draws * questions) / (questions + comparison.problems.train);
  return [
    `dose, questions first: ${draws} draws of ${questions} questions, ${(draws / questions).toFixed(2)} of each`,
    `dose, mixed with ${comparison.problems.train} hard problems: ${mixed.toFixed(1)} draws of ${questions} ` +
      `questions, ${(mixed / questions).toFixed(2)} of each`,
  ];
}

/** Vendi scores of finished teachers' questions, as a share of those of the untrained teacher. */
function diversity({ teachers }: ComparisonReport): string[] {
  const base = teachers.find(({ teacher }) => teacher === 'base')!.asked;
  const kept = (now: Estimate, before: Estimate): string =>
    `${Math.round((100 * now.value) / before.value)} %`;
  return teachers
    .filter(({ teacher }) => teacher !== 'base')
    .map(
      ({ title, asked }) =>
        `diversity, ${title}: hidden states ${kept(asked.hiddenDiversity!, base.hiddenDiversity!)}`,
    );
}

/** Mean rewards of outer steps by stage, over the teachers that have any. */
function byStage(name: string): string[] {
  const { stages } = publishedReport(name).teachers.find(({ teacher }) => teacher === 'grounded')!;
  return STAGES.flatMap((stage) => {
    const found = stages[stage];
    if (found === undefined) return [];
    const { teachers, steps, reward, negative } = found;
    const interval = reward.interval?.map((end) => end.toFixed(3)).join(', ');
    const cells = [
      name,
      { beforeFirst: 'to the first promotion', between: 'to the last', afterLast: 'after it' }[stage],
      String(teachers),
      reward.value.toFixed(3) + (interval === undefined ? '' : ` [${interval}]`),
      `${negative} of ${steps}`,
    ];
    return [`| ${cells.join(' | ')} |`];
  });
}

function groundedTeachers(units: ComparisonFolder['units']): TeacherUnit[] {
  return [...units.values()].filter(
    (unit): unit is TeacherUnit => unit.unit === 'teacher' && unit.teacher === 'grounded',
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
  for (const [entry, lines] of figures()) process.stdout.write(`# ${entry}\n${lines.join('\n')}\n\n`);
