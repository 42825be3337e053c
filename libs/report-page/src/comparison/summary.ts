/** What the figures of a comparison say, in sentences, and what they do not show. Pure. */
import type { ArmName, ArmReport, ComparisonReport, Estimate } from '@soar/experiments';
import type { Html } from '../html.js';
import { notes, paragraphs } from '../page.js';
import { figureOf, pointsOf } from './tables.js';

/** One sentence each; nothing where an arm is missing. */
export function summary({ arms, pairs, comparison }: ComparisonReport): Html {
  const of = (name: ArmName): ArmReport | undefined => arms.find(({ arm }) => arm === name);
  const [pq, hard, bound] = [of('pq'), of('hard-only'), of('upper-bound')];
  const lines: string[] = [];
  const [best] = comparison.passAt;
  if (pq !== undefined && hard !== undefined && best !== undefined)
    lines.push(
      `A student that trained on the promotion questions first solves ${figureOf(pq.passAt[best])} of the ` +
        `held-out problems at pass@${best}; on the hard problems alone ${figureOf(hard.passAt[best])}. ` +
        verdict(pq.overHardOnly?.[best]),
    );
  if (pq?.recovered !== undefined && bound !== undefined)
    lines.push(
      `That is ${figureOf(pq.recovered)} of the way from Hard-Only to students of curated problems ` +
        `(${figureOf(bound.passAt[1])}).`,
    );
  const taught = pairs.find(({ arm, over }) => arm === 'grounded-t' && over === 'base-t');
  if (taught !== undefined)
    lines.push(
      `Questions of the trained teacher against those of the untrained one: ${pointsOf(taught.passAt1)}. ` +
        verdict(taught.passAt1),
    );
  return paragraphs(...lines);
}

function verdict(difference: Estimate | undefined): string {
  const interval = difference?.interval;
  if (interval === undefined) return 'Too few seeds for an interval.';
  if (interval[0] > 0) return 'The interval of the difference is above 0.';
  return interval[1] < 0
    ? 'The interval of the difference is below 0.'
    : 'The interval of the difference includes 0.';
}

/** What the figures above do not show. */
export function limits({ arms, teachers }: ComparisonReport): Html {
  const has = (name: ArmName): boolean => arms.some(({ arm }) => arm === name);
  const lines = [
    'Intervals assume no more than that teachers (students, in arms without) are independent. Where all agree they ' +
      'are still wide: a few runs that worked do not show that none fails. The share of students that get off the ' +
      'plateau has an interval of its own.',
  ];
  if (has('base-t') && has('pq'))
    lines.push(
      'Promotion selects among all that a teacher wrote during its run; Base-T is one sample without selection. ' +
        'PQ over Base-T is due to learning and selection together. ' +
        (has('frozen-pq')
          ? 'PQ over Frozen-T: PQ shows what learning adds, as a frozen teacher has the same search and selection.'
          : 'To see learning alone, compare frozen-pq, whose teacher has the same search and never learns.'),
    );
  if (has('pq') && has('pq-other-mode'))
    lines.push(
      'Mixed throughout, the questions of a curriculum are drawn as often as before the hard problems. In results ' +
        'of earlier versions, whose stage "mixed" is followed by "hard", they are drawn far less often, and the ' +
        'difference of the two modes does not show that the order matters.',
    );
  if (teachers.length > 0)
    lines.push(
      'The Vendi score takes texts for alike whose mean hidden states are. A mean over more tokens varies less, so ' +
        'long questions score lower: compare the kinds too.',
    );
  return notes(lines);
}
