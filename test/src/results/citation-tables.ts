/** Rows of the tables in the log of experiments, as Markdown with one space around each cell. Pure. */
import {
  ARM_NAMES,
  ARMS,
  type ComparisonReport,
  type Estimate,
  passOf,
  type StudentUnit,
  TEACHER_NAMES,
  TEACHERS,
  type TeacherUnit,
  tenths,
} from '@soar/experiments';
import type { ComparisonFolder } from './comparison-folder.js';

/** Arm, pass@1, pass@8, pass@32, and what is recovered of the distance from Hard-Only to the upper bound. */
export function armRows({ arms }: ComparisonReport): string[] {
  return arms.map(({ title, passAt, recovered }) =>
    row(
      title,
      withInterval(passAt[1]),
      withInterval(passAt[8]),
      withInterval(passAt[32]),
      withInterval(recovered),
    ),
  );
}

/** Arm, students off the plateau, their share, and their mean pass@1. */
export function plateauRows({ arms }: ComparisonReport): string[] {
  return arms.flatMap(({ title, students, offPlateau }) => {
    if (offPlateau === undefined) return [];
    const { students: off, share, level } = offPlateau;
    return [row(title, `${off} of ${students}`, withInterval(share), withInterval(level))];
  });
}

/** Differences in points: of every arm to Hard-Only at pass@1 and pass@32, and of pairs of arms at pass@1. */
export function pairRows({ arms, pairs }: ComparisonReport): string[] {
  return [
    ...arms.flatMap(({ title, overHardOnly }) =>
      overHardOnly === undefined
        ? []
        : [row(`${title} over Hard-Only`, withInterval(overHardOnly[1]), withInterval(overHardOnly[32]))],
    ),
    ...pairs.map(({ arm, over, passAt1 }) =>
      row(`${ARMS[arm].title} over ${ARMS[over].title}`, withInterval(passAt1), ''),
    ),
  ];
}

/** pass@1 in % of every student, teachers apart. */
export function studentRows({ units }: ComparisonFolder): string[] {
  const all = [...units.values()].filter((unit): unit is StudentUnit => unit.unit === 'student');
  return ARM_NAMES.flatMap((arm) => {
    const students = all.filter((unit) => unit.arm === arm);
    if (students.length === 0) return [];
    const seeds = [...new Set(students.map(({ teacherSeed }) => teacherSeed))].sort((a, b) => a! - b!);
    const groups = seeds.map((seed) =>
      students
        .filter(({ teacherSeed }) => teacherSeed === seed)
        .sort((a, b) => a.studentSeed - b.studentSeed)
        .map(({ heldOut }) => short(100 * passOf(heldOut.at(-1)!, 1)))
        .join(' '),
    );
    return [row(ARMS[arm].title, groups.join(', '))];
  });
}

/** Sums and differences of three numbers and more: what it takes to practise for the hard problems. */
const LONG = /^(?:[3-9] operands|difference of [3-9])$/;

/** Of the questions of each finished teacher: long ones, and those of them whose stated answer is right. */
export function longRows({ units }: ComparisonFolder): string[] {
  const all = [...units.values()].filter((unit): unit is TeacherUnit => unit.unit === 'teacher');
  return TEACHER_NAMES.flatMap((teacher) => {
    const its = all.filter((unit) => unit.teacher === teacher).sort((a, b) => a.teacherSeed - b.teacherSeed);
    const counts = its.map(({ questions }) => {
      const long = questions.filter(({ kind }) => LONG.test(kind));
      return `${long.length} (${long.filter(({ correct }) => correct === true).length})`;
    });
    return counts.length === 0 ? [] : [row(TEACHERS[teacher], counts.join(', '))];
  });
}

/** What finished teachers ask: share of check numbers and of three operands and more, right answers, Vendi scores. */
export function teacherRows({ teachers }: ComparisonReport): string[] {
  return teachers.map(({ title, asked }) => {
    const shareOf = (is: (kind: string) => boolean): string => {
      const shares = Object.entries(asked.kinds).filter(([kind]) => is(kind));
      return `${Math.round(100 * shares.reduce((sum, [, share]) => sum + share, 0))} %`;
    };
    return row(
      title,
      String(asked.questions),
      shareOf((kind) => kind.startsWith('check number')),
      shareOf((kind) => LONG.test(kind)),
      asked.correct === undefined ? '' : `${Math.round(100 * asked.correct)} %`,
      withScore(asked.hiddenDiversity),
    );
  });
}

/** In %, or points of %. */
export function withInterval(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  return (
    tenths(figure.value) +
    (figure.interval === undefined ? '' : ` [${figure.interval.map(tenths).join(', ')}]`)
  );
}

function withScore(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  const interval = figure.interval?.map((end) => end.toFixed(1)).join(', ');
  return figure.value.toFixed(1) + (interval === undefined ? '' : ` [${interval}]`);
}

/** Whole numbers, but for those that would read as 0 to 9. */
function short(percent: number): string {
  return percent < 9.95 ? percent.toFixed(1) : String(Math.round(percent));
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
