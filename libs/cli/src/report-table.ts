/**
 * A run's report as the text that ends `soar demo` and `soar run`: pass@k by arm, counts of updates and promotions,
 * and one sentence on whether SOAR beat training on the hard problems alone. Figures are those of report.json,
 * rounded. A run whose teacher was frozen is the control, and says so everywhere.
 */
import type { ArmReport, RunReport } from '@soar/contracts';
import { printableLine } from '@soar/core';

function armTitle(name: string, isFrozen: boolean): string {
  const method = isFrozen ? 'Frozen-T' : 'SOAR';
  const titles: Readonly<Record<string, string>> = {
    'hard-only': 'Hard-Only',
    ps: `${method}: PS`,
    pq: `${method}: PQ`,
  };
  return titles[name] ?? name;
}

/** A table as aligned lines: first column left, the others right, the last one as `last` says. */
export function formatTable(texts: readonly (readonly string[])[], last: 'left' | 'right' = 'right'): string {
  const rows = texts.map((row) => row.map(printableLine));
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => {
          if (last === 'left' && c === row.length - 1) return cell;
          return c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!);
        })
        .join('   '),
    )
    .join('\n');
}

/** 0.0312 -> "3.1 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The table of a finished run, with its closing sentences. */
export function formatReport(report: RunReport): string {
  const ks = [...new Set(report.arms.flatMap((arm) => Object.keys(arm.passAtK).map(Number)))].sort(
    (a, b) => a - b,
  );
  const isFrozen = report.config?.teacher?.frozen === true;
  const rows = [['', ...ks.map((k) => `pass@${k}`), 'steps']];
  for (const arm of report.arms) {
    const cells = ks.map((k) => (arm.passAtK[k] === undefined ? '-' : percent(arm.passAtK[k])));
    rows.push([armTitle(arm.name, isFrozen), ...cells, String(arm.trainingSteps)]);
  }
  const lines = report.arms.length > 0 ? [formatTable(rows), ''] : [];
  const first = report.arms[0];
  if (first !== undefined) {
    lines.push(`${first.problems} held-out problems, ${first.samplesPerProblem} samples each.`);
  }
  const questions = report.promotionQuestions.reduce((sum, dataset) => sum + dataset.questions.length, 0);
  const updates = isFrozen ? 'Teacher frozen' : count(report.teacherUpdates, 'teacher update');
  lines.push(
    `${updates}, ${count(report.promotions, 'promotion')}, ` + `${count(questions, 'promotion question')}.`,
  );
  if (report.stopped !== undefined)
    lines.push(`Stopped after outer step ${report.stopped.outerStep}: ${report.stopped.rule}.`);
  const method = isFrozen ? 'The frozen teacher' : 'SOAR';
  const sentence = report.promotions === 0 ? withoutPromotion(report.arms) : compare(report.arms, method);
  if (sentence !== undefined) lines.push(sentence);
  return lines.join('\n');
}

/** Without a promotion PS is the base model and PQ trains like Hard-Only, so they differ by chance alone. */
function withoutPromotion(arms: readonly ArmReport[]): string | undefined {
  if (!arms.some(({ name }) => name === 'ps' || name === 'pq')) return undefined;
  return 'Nothing was promoted: PS is the base model, PQ is trained as Hard-Only, and there is nothing to compare.';
}

/**
 * Whether the better of PS and PQ beats Hard-Only, at the smallest k and at the largest; undefined without those arms.
 * `method`: what made them.
 */
export function compare(arms: readonly ArmReport[], method = 'SOAR'): string | undefined {
  const hard = arms.find((arm) => arm.name === 'hard-only');
  const soar = arms.filter((arm) => arm.name === 'ps' || arm.name === 'pq');
  if (hard === undefined || soar.length === 0) return undefined;
  const ks = Object.keys(hard.passAtK)
    .map(Number)
    .sort((a, b) => a - b);
  const ends = [...new Set([ks[0], ks.at(-1)])].filter((k): k is number => k !== undefined);
  const wins = ends.map((k) => {
    const best = soar.reduce((a, b) => ((b.passAtK[k] ?? 0) > (a.passAtK[k] ?? 0) ? b : a));
    const ours = best.passAtK[k] ?? 0;
    const theirs = hard.passAtK[k] ?? 0;
    const text = `pass@${k} ${percent(ours)} (${best.name.toUpperCase()}) against ${percent(theirs)}`;
    return { better: ours > theirs, text };
  });
  const figures = wins.map((w) => w.text).join(', ');
  if (wins.every((w) => w.better))
    return `${method} beats Hard-Only in this run: ${figures}. One seed: no claim of significance.`;
  if (wins.some((w) => w.better)) return `${method} beats Hard-Only only in part in this run: ${figures}.`;
  return `${method} does not beat Hard-Only in this run: ${figures}.`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
