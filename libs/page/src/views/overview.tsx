/** All runs and comparisons, newest first: what is there, how far it is, how long it takes. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ago, duration, plural, visible } from '../format.js';
import type { ComparisonBrief, Overview, RunBrief, TrainerLoads } from '../index.js';
import type { Link } from '../live/live-state.js';
import { openStream } from '../live/stream.js';
import { historyAfter, type TrainerHistory } from '../live/trainer-history.js';
import { hashOf } from '../route.js';
import { LinkLine } from './link-line.js';
import { Meter, StateChip } from './state-chip.js';
import { Trainers } from './trainers.js';

/** Rows that are drawn; a search finds the others. */
const ROWS_MAX = 100;
const CLOCK_MS = 30_000;

interface State {
  readonly link: Link;
  readonly why: string;
  readonly overview?: Overview;
  readonly trainers?: TrainerHistory;
}

export function OverviewView(): VNode {
  const { link, why, overview, trainers } = useOverview();
  const [wanted, setWanted] = useState('');
  const now = useNow();
  const has = ({ id, state }: { id: string; state: string }): boolean =>
    `${id} ${state}`.toLowerCase().includes(wanted.trim().toLowerCase());
  return (
    <>
      <h1>Runs and comparisons</h1>
      <LinkLine link={link} why={why} />
      {overview === undefined ? (
        <p class="empty">{link === 'connecting' ? 'connecting' : 'waiting for the coordinator'}</p>
      ) : (
        <>
          <label class="search">
            <span class="hidden">Find by name or state</span>
            <input
              type="search"
              placeholder="Find by name or state"
              value={wanted}
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </label>
          <RunList runs={overview.runs.filter(has)} all={overview.runs.length} now={now} />
          <ComparisonList
            comparisons={overview.comparisons.filter(has)}
            all={overview.comparisons.length}
            now={now}
          />
          {overview.more && <p class="soft">There are more; "soar runs list" lists all of them.</p>}
        </>
      )}
      <Trainers history={trainers} />
    </>
  );
}

function RunList({
  runs,
  all,
  now,
}: {
  readonly runs: readonly RunBrief[];
  readonly all: number;
  readonly now: number;
}): VNode {
  return (
    <section aria-labelledby="runs">
      <h2 id="runs">
        Runs <span class="soft">{all}</span>
      </h2>
      {runs.length === 0 && (
        <p class="empty">{all === 0 ? 'No run yet. "soar run" or "soar demo" starts one.' : 'none found'}</p>
      )}
      <ul class="list">
        {runs.slice(0, ROWS_MAX).map((run) => (
          <li key={run.id}>
            <a class="row" href={hashOf({ view: 'run', id: run.id, tab: 'course' })}>
              <span class="name">{visible(run.id)}</span>
              <StateChip state={run.state} />
              <span class="far">
                <Meter done={run.stepsDone} total={run.stepsTotal} label={`outer steps of ${run.id}`} />
                <span class="number">
                  step {run.stepsDone} of {run.stepsTotal}
                </span>
              </span>
              <span class="number time">
                {run.secondsLeft === undefined
                  ? ago(run.createdMs, now)
                  : `${duration(run.secondsLeft)} left`}
              </span>
              {run.failure !== '' && <span class="failure">{visible(run.failure)}</span>}
            </a>
          </li>
        ))}
      </ul>
      <More shown={ROWS_MAX} found={runs.length} />
    </section>
  );
}

function ComparisonList({
  comparisons,
  all,
  now,
}: {
  readonly comparisons: readonly ComparisonBrief[];
  readonly all: number;
  readonly now: number;
}): VNode | null {
  if (all === 0) return null;
  return (
    <section aria-labelledby="comparisons">
      <h2 id="comparisons">
        Comparisons <span class="soft">{all}</span>
      </h2>
      {comparisons.length === 0 && <p class="empty">none found</p>}
      <ul class="list">
        {comparisons.slice(0, ROWS_MAX).map((each) => (
          <li key={each.id}>
            <a class="row" href={hashOf({ view: 'comparison', id: each.id })}>
              <span class="name">{visible(each.id)}</span>
              <StateChip state={each.state} />
              <span class="far">
                <Meter done={each.unitsDone} total={each.unitsTotal} label={`units of ${each.id}`} />
                <span class="number">
                  {each.unitsDone} of {plural(each.unitsTotal, 'unit')}
                </span>
              </span>
              <span class="number time">{ago(each.createdMs, now)}</span>
              {each.failure !== '' && <span class="failure">{visible(each.failure)}</span>}
            </a>
          </li>
        ))}
      </ul>
      <More shown={ROWS_MAX} found={comparisons.length} />
    </section>
  );
}

function More({ shown, found }: { readonly shown: number; readonly found: number }): VNode | null {
  return found <= shown ? null : <p class="soft">{found - shown} more; find them by name.</p>;
}

function useOverview(): State {
  const [state, setState] = useState<State>({ link: 'connecting', why: '' });
  useEffect(
    () =>
      openStream('/api/events', ['overview', 'trainers', 'connection'], {
        on: (event, data) => setState((before) => stateAfter(before, event, data)),
        onLost: () => setState((before) => ({ ...before, link: 'server-away', why: '' })),
      }),
    [],
  );
  return state;
}

function stateAfter(before: State, event: string, data: unknown): State {
  switch (event) {
    case 'overview':
      return { ...before, link: 'live', why: '', overview: data as Overview };
    case 'trainers':
      return { ...before, trainers: historyAfter(before.trainers, data as TrainerLoads) };
    default:
      return { ...before, link: 'coordinator-away', why: (data as { why?: string }).why ?? '' };
  }
}

/** The time, often enough for "5 min ago". */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
