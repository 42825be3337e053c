/**
 * How often the intervals of a comparison contain the true mean: `npm run bench:coverage`, some minutes on one core;
 * `--only TEXT` for the tables with this text in their title. It prints the tables of
 * docs/experiments/2026-11-30-coverage.md. Equal seeds give equal tables.
 */
import { parseArgs } from 'node:util';
import { Random } from '@soar/core';
import {
  coverageOfDifference,
  coverageOfMean,
  exactInterval,
  type Failing,
  meanInterval,
} from '@soar/experiments';

const { values: flags } = parseArgs({
  options: { experiments: { type: 'string', default: '1500' }, only: { type: 'string', default: '' } },
});
const experiments = Number(flags.experiments);
const RATES = [0.05, 0.1, 0.2, 0.3, 0.5] as const;
const TEACHERS = [4, 6, 8, 10, 12] as const;

const percent = (share: number): string => (100 * share).toFixed(1);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function table(
  title: string,
  rates: readonly number[],
  cell: (rate: number, teachers: number) => string,
): void {
  if (!title.includes(flags.only)) return;
  say(`${title}\n`);
  say(row(['teachers', ...rates.map(String)]));
  say(row(['-', ...rates.map(() => '-')]));
  for (const teachers of TEACHERS) say(row([String(teachers), ...rates.map((rate) => cell(rate, teachers))]));
  say('');
}

function means(title: string, failing: Failing, students: number, rates: readonly number[] = RATES): void {
  const of = (at: number, teachers: number, interval: typeof meanInterval): string => {
    const random = Random.of(1).at(failing, students, teachers, Math.round(1000 * at));
    return percent(coverageOfMean({ failing, rate: at, teachers, students }, interval, random, experiments));
  };
  table(`${title}, students: ${students}`, rates, (at, teachers) => {
    return `${of(at, teachers, meanInterval)} (${of(at, teachers, exactInterval)})`;
  });
}

function differences(title: string, isPaired: boolean, other: (rate: number) => number): void {
  table(title, RATES, (at, teachers) => {
    const random = Random.of(2).at(title, teachers, Math.round(1000 * at));
    const arm = (rate: number) => ({ failing: 'teachers', rate, teachers, students: 1 }) as const;
    return percent(coverageOfDifference([arm(at), arm(other(at))], isPaired, random, experiments));
  });
}

means('Teachers fail with all of their students', 'teachers', 1);
means('Teachers fail with all of their students', 'teachers', 3);
means('Students fail, each by itself', 'students', 3);
means('Teachers fail, and students of others too', 'both', 3);
means('Teachers fail, others reach 0.3 to 0.95', 'levels', 3);
means('None fails, teachers are normal with a standard deviation of', 'none', 1, [0.05, 0.1, 0.2]);
differences('Difference to an arm that fails as often, paired', true, (rate) => rate);
differences('Difference to an arm that works as often as the first fails, paired', true, (rate) => 1 - rate);
differences('Difference to an arm that fails as often, not paired', false, (rate) => rate);
differences(
  'Difference to an arm that works as often as the first fails, not paired',
  false,
  (rate) => 1 - rate,
);
