/** One comparison: how far it is, and what its students reach, arm by arm. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { duration, percent, visible } from '../format.js';
import type { Comparison, Session, UnitRow } from '../index.js';
import { COMPARISON_EVENTS, comparisonAfter } from '../live/live-state.js';
import { useLive } from '../live/use-live.js';
import { hashOf } from '../route.js';
import { apiPath } from '../session.js';
import { LinkLine } from './link-line.js';
import { Activities, Gone } from './run.js';
import { Meter, StateChip } from './state-chip.js';
import { Steering } from './steering.js';
import { NumberTable } from './number-table.js';

export function ComparisonView({ id, session }: { readonly id: string; readonly session: Session }): VNode {
  const path = apiPath('comparisons', id, 'events');
  const { link, why, gone, resource, progress } = useLive(path, COMPARISON_EVENTS, comparisonAfter);
  if (gone !== undefined) return <Gone id={id} why={gone} />;
  return (
    <>
      <h1>{visible(id)}</h1>
      <LinkLine link={link} why={why} />
      {resource === undefined ? (
        <p class="empty">{link === 'connecting' ? 'connecting' : 'waiting for the coordinator'}</p>
      ) : (
        <>
          <section class="run-head" aria-label="State">
            <p class="facts">
              <StateChip state={resource.state} />
              <span class="number">
                {resource.unitsDone} of {resource.unitsTotal} units
              </span>
              <span class="soft">{visible(resource.domain)}</span>
            </p>
            <Meter done={resource.unitsDone} total={resource.unitsTotal} label="units done" />
            {resource.failure !== '' && <p class="failure">{visible(resource.failure)}</p>}
            {resource.state === 'RUNNING' && <Activities progress={progress} />}
            <Steering session={session} kind="comparisons" id={id} state={resource.state} />
          </section>
          <ArmTable comparison={resource} />
          <Teachers comparison={resource} />
        </>
      )}
    </>
  );
}

function ArmTable({ comparison }: { readonly comparison: Comparison }): VNode {
  const students = useMemo(() => byArm(comparison), [comparison]);
  return (
    <section aria-labelledby="arms">
      <h2 id="arms">Arms</h2>
      <NumberTable label="Table of arms" heads={['arm', 'students', 'mean pass@1', 'each student']}>
        {students.map(({ arm, scores }) => (
          <tr key={arm}>
            <th scope="row">{visible(arm)}</th>
            <td>{scores.length}</td>
            <td>
              {scores.length === 0 ? '\u2013' : percent(scores.reduce((a, b) => a + b, 0) / scores.length)}
            </td>
            <td>
              <Strip scores={scores} />
            </td>
          </tr>
        ))}
      </NumberTable>
      <p class="soft">
        pass@1 of finished students on held-out problems, from 0 to 100 %. Intervals are in the report.
      </p>
    </section>
  );
}

/** Single scores as marks between 0 and 1: a mean hides that some students fail. */
function Strip({ scores }: { readonly scores: readonly number[] }): VNode {
  const text = scores.map((score) => percent(score)).join(', ');
  return (
    <svg class="strip" width="160" height="18" role="img" aria-label={text === '' ? 'none yet' : text}>
      <line class="grid" x1="4" x2="156" y1="9" y2="9" />
      {scores.map((score, i) => (
        <line key={i} class="score" x1={4 + 152 * score} x2={4 + 152 * score} y1="3" y2="15" />
      ))}
    </svg>
  );
}

function Teachers({ comparison }: { readonly comparison: Comparison }): VNode | null {
  const teachers = comparison.units.filter(({ kind }) => kind === 'teacher');
  if (teachers.length === 0) return null;
  return (
    <section aria-labelledby="teachers">
      <h2 id="teachers">Teachers</h2>
      <NumberTable label="Table of teachers" heads={['teacher', 'seed', 'promotions', 'time']}>
        {teachers.map((teacher) => (
          <tr key={teacher.name}>
            <th scope="row">
              {teacher.hasRun ? (
                <a href={hashOf({ view: 'run', id: runOf(comparison, teacher), tab: 'course' })}>
                  {visible(teacher.of)}
                </a>
              ) : (
                visible(teacher.of)
              )}
            </th>
            <td>{teacher.teacherSeed}</td>
            <td>{teacher.promotions}</td>
            <td>{duration(teacher.seconds)}</td>
          </tr>
        ))}
      </NumberTable>
    </section>
  );
}

/** The run that trained a teacher: <unit>-<id without "compare-">. */
function runOf({ id }: Comparison, { name }: UnitRow): string {
  return `${name}-${id.replace(/^compare-/, '')}`;
}

function byArm({ arms, units }: Comparison): { readonly arm: string; readonly scores: readonly number[] }[] {
  return arms.map((arm) => ({
    arm,
    scores: units
      .filter(({ kind, of }) => kind === 'student' && of === arm)
      .flatMap(({ pass1 }) => pass1 ?? []),
  }));
}
