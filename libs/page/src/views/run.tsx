/** One run: its head, and one of four parts below it. */
import type { VNode } from 'preact';
import { duration, plural, visible } from '../format.js';
import type { ProgressRow, Run, Session } from '../index.js';
import { RUN_EVENTS, runAfter } from '../live/live-state.js';
import { useLive } from '../live/use-live.js';
import { hashOf, type Route, RUN_TABS, type RunTab } from '../route.js';
import { apiPath } from '../session.js';
import { LinkLine } from './link-line.js';
import { Course } from './run-course.js';
import { Questions } from './run-questions.js';
import { Settings } from './run-settings.js';
import { StudentsPart } from './run-students.js';
import { Meter, StateChip } from './state-chip.js';
import { Steering } from './steering.js';

type RunRoute = Extract<Route, { view: 'run' }>;

const TITLES: Readonly<Record<RunTab, string>> = {
  course: 'Course',
  questions: 'Questions',
  students: 'Students',
  settings: 'Settings',
};

export function RunView({ route, session }: { readonly route: RunRoute; readonly session: Session }): VNode {
  const { id, tab } = route;
  const {
    link,
    why,
    gone,
    resource: run,
    progress,
  } = useLive(apiPath('runs', id, 'events'), RUN_EVENTS, runAfter);
  if (gone !== undefined) return <Gone id={id} why={gone} />;
  return (
    <>
      <h1>{visible(id)}</h1>
      <LinkLine link={link} why={why} />
      {run === undefined ? (
        <p class="empty">{link === 'connecting' ? 'connecting' : 'waiting for the coordinator'}</p>
      ) : (
        <>
          <Head run={run} progress={progress} session={session} />
          <nav class="tabs" aria-label="Parts of the run">
            {RUN_TABS.filter((each) => each !== 'students' || session.trainings || hasTrainedArms(run)).map(
              (each) => (
                <a
                  key={each}
                  href={hashOf({ view: 'run', id, tab: each })}
                  {...(each === tab ? { 'aria-current': 'page' as const } : {})}
                >
                  {TITLES[each]}
                </a>
              ),
            )}
          </nav>
          <Part run={run} route={route} session={session} />
        </>
      )}
    </>
  );
}

function Part({ run, route, session }: { run: Run; route: RunRoute; session: Session }): VNode {
  switch (route.tab) {
    case 'course':
      return <Course run={run} />;
    case 'questions':
      return <Questions run={run} session={session} step={route.step} />;
    case 'students':
      return <StudentsPart run={run} session={session} />;
    case 'settings':
      return <Settings run={run} />;
  }
}

function hasTrainedArms({ arms }: Run): boolean {
  return arms.some(({ training }) => training.length > 0);
}

function Head({
  run,
  progress,
  session,
}: {
  run: Run;
  progress: readonly ProgressRow[];
  session: Session;
}): VNode {
  return (
    <section class="run-head" aria-label="State">
      <p class="facts">
        <StateChip state={run.state} />
        <span class="number">
          step {run.stepsDone} of {run.stepsTotal}
        </span>
        {run.secondsLeft !== undefined && run.state === 'RUNNING' && (
          <span class="number">about {duration(run.secondsLeft)} left</span>
        )}
        <span class="number">{plural(run.promotions.length, 'promotion')}</span>
        <span class="soft">
          {visible(run.domain)}, seed {run.seed}
        </span>
      </p>
      <Meter done={run.stepsDone} total={run.stepsTotal} label="outer steps done" />
      {run.failure !== '' && <p class="failure">{visible(run.failure)}</p>}
      {run.state === 'RUNNING' && <Activities progress={progress} />}
      <Steering session={session} kind="runs" id={run.id} state={run.state} />
    </section>
  );
}

/** What is being done right now. */
export function Activities({ progress }: { readonly progress: readonly ProgressRow[] }): VNode {
  return (
    <ul class="activities">
      {progress.map(({ activity, done, total, unit }) => (
        <li key={activity}>
          <span>{visible(activity)}</span>
          <Meter done={done} total={total} label={activity} />
          <span class="number soft">
            {done}
            {total > 0 && ` of ${total}`} {visible(unit)}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Gone({ id, why }: { readonly id: string; readonly why: string }): VNode {
  return (
    <>
      <h1>{visible(id)}</h1>
      <p class="failure">{visible(why)}</p>
      <p>
        <a href="#/">All runs and comparisons</a>
      </p>
    </>
  );
}
