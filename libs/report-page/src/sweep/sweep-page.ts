/** The report of a sweep as a page: sensitivities, a table of all points, and how it was made. Pure. */
import { settingText, type SweepReport } from '@soar/experiments';
import { type Html, joined, markup } from '../html.js';
import { json, folded, notes, pageOf, paragraphs } from '../page.js';
import { facts, table } from '../table.js';
import { figureOf } from '../comparison/tables.js';
import { armsOf, sensitivities } from './sensitivities.js';

export function sweepPage(report: SweepReport): string {
  return pageOf({
    title: 'SOAR: sweep of settings',
    lead: summary(report),
    sections: [
      { id: 'sensitivities', title: 'Sensitivities', content: sensitivities(report) },
      { id: 'points', title: 'Points', content: pointTable(report) },
      { id: 'limits', title: 'What this does not show', content: limits(report) },
      { id: 'origin', title: 'How it was made', content: origin(report) },
    ],
  });
}

function summary({ sweep, points }: SweepReport): Html {
  const varied = sweep.fields.map(
    ({ field, values, base }) =>
      `${field} over ${values.map(settingText).join('; ')}` +
      (base === undefined ? '' : ` (base: ${settingText(base)})`),
  );
  const how =
    sweep.design === 'grid'
      ? 'every combination of values'
      : 'the base, and each value with all other fields as in the base';
  return paragraphs(
    `${points.length} points: ${how}. ${varied.join('. ')}.`,
    `Each point is a comparison of ${armsOf({ sweep, points } as SweepReport).length} arms beside the base model, ` +
      `over ${sweep.seeds.teachers.length} teachers with ${sweep.seeds.students.length} students each, and ` +
      `${sweep.seeds.alone.length} students without a teacher.`,
  );
}

/** A row for each point: the promotions of the teachers that learn; of each arm pass@1 and who gets off the plateau. */
function pointTable(report: SweepReport): Html {
  const arms = armsOf(report);
  const head = [
    'Point',
    'Promotions',
    ...arms.flatMap(({ title }) => [`${title}: pass@1`, 'off the plateau']),
    'Units, shared',
  ];
  const rows = report.points.map((point) => [
    point.isBase
      ? `base: ${point.values.map(({ field, value }) => `${field} = ${settingText(value)}`).join(', ')}`
      : point.name,
    point.teachers.find(({ teacher }) => teacher === 'grounded')?.promotions.toFixed(1) ?? '',
    ...arms.flatMap(({ arm }) => {
      const found = point.arms.find((one) => one.arm === arm);
      const off = found?.offPlateau;
      return [figureOf(found?.passAt[1]), off === undefined ? '' : `${off.students} of ${found!.students}`];
    }),
    `${point.unitsDone} of ${point.unitsTotal}, ${point.unitsShared}`,
  ]);
  const note = paragraphs(
    'Promotions are those of a teacher that learns, on average. The folder of a point has its whole comparison. ' +
      'Shared units were taken over from earlier points.',
  );
  return joined(table(head, rows), note);
}

function limits({ offPlateauFrom }: SweepReport): Html {
  return notes([
    'Arms that a setting cannot change (those without a teacher, at another tau) have the same students at every ' +
      'point: their lines are flat by construction and no evidence of robustness.',
    'All points have the same seeds: a difference between two values is paired, but these seeds may be lucky.',
    'The best of several values was chosen by the held-out problems that it is reported on: confirm it with other ' +
      'seeds.',
    `Outcomes are high or low; a student is off the plateau from a pass@1 of ${100 * offPlateauFrom} % on.`,
  ]);
}

function origin({ sweep }: SweepReport): Html {
  const { command, version, domain, problems, seeds, model, config } = sweep;
  const made = facts([
    ['Command', markup`<code>${command}</code>`],
    ['SOAR', version],
    ['Domain', domain],
    ['Hard problems to train on', String(problems.train)],
    ['Held-out problems', String(problems.heldOut)],
    ['Seeds of teachers', seeds.teachers.join(', ')],
    ['Seeds of students', seeds.students.join(', ')],
    ['Seeds of arms without a teacher', seeds.alone.join(', ')],
    ['Base model, SHA-256', markup`<code>${model.sha256.slice(0, 12)}</code>`],
    ['Problems, SHA-256', markup`<code>${problems.sha256.slice(0, 12)}</code>`],
  ]);
  return joined(made, folded('Base configuration', json(config)));
}
