/** Students of a run: those that its trainers hold, as they train, and those of the comparison at the end. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { bytes, count, plural, visible } from '../format.js';
import type { ArmRow, Run, Session, Students, TrainerRow, Training, TrainingStep } from '../index.js';
import { useLatest } from '../live/use-latest.js';
import { apiPath } from '../session.js';
import { CompletionBrowser, type Writer } from './completions.js';
import { StateChip } from './state-chip.js';
import { type Curve, TrainingCharts } from './training-charts.js';
import { NumberTable } from './number-table.js';

export function StudentsPart({ run, session }: { readonly run: Run; readonly session: Session }): VNode {
  const arms = run.arms.filter(({ training }) => training.length > 0);
  const curves = useMemo(() => arms.map(({ name, training }) => ({ name, steps: training })), [run.arms]);
  const isAtEnd = run.stepsDone >= run.stepsTotal;
  const [chosen, setChosen] = useState<number>();
  const last = Math.max(0, Math.min(run.stepsDone, run.stepsTotal - 1));
  const step = chosen ?? last;
  const isTraining = (name: string): boolean =>
    run.state === 'RUNNING' && isAtEnd && !run.arms.some((arm) => arm.name === name);
  return (
    <>
      {curves.length > 0 && (
        <section aria-labelledby="arms">
          <h2 id="arms">Students of the comparison at the end</h2>
          <TrainingCharts curves={curves} />
          {session.completions && <CompletionBrowser runId={run.id} writers={arms.map(armWriter)} />}
        </section>
      )}
      {session.trainings &&
        ['hard-only', 'pq'].filter(isTraining).map((arm) => (
          <section key={arm} aria-labelledby={arm}>
            <h2 id={arm}>Student of the arm {arm}, as it trains</h2>
            <Followed run={run} session={session} part={arm} />
          </section>
        ))}
      {session.trainings && (
        <section aria-labelledby="students">
          <h2 id="students">
            <label>
              Students of outer step{' '}
              <input
                class="step-number"
                type="number"
                min={0}
                max={last}
                value={step}
                onChange={(event) =>
                  setChosen(Math.min(last, Math.max(0, Math.round(Number(event.currentTarget.value)))))
                }
              />
            </label>
          </h2>
          {chosen !== undefined && chosen !== last && (
            <button type="button" onClick={() => setChosen(undefined)}>
              Follow the newest step
            </button>
          )}
          <Followed run={run} session={session} part={`step-${step}`} />
        </section>
      )}
    </>
  );
}

/** Trainings that trainers hold, live. */
function Followed({
  run,
  session,
  part,
}: {
  readonly run: Run;
  readonly session: Session;
  readonly part: string;
}): VNode {
  const students = useLatest<Students>(apiPath('runs', run.id, `students/${part}/events`), 'students');
  const curves = useMemo(() => curvesOf(students?.trainings ?? [], run.id), [students]);
  if (students === undefined) return <p class="empty">asking the trainers</p>;
  const { trainings, trainers } = students;
  return (
    <>
      <Trainers trainers={trainers} />
      {trainings.length === 0 ? (
        <p class="empty">The trainers hold no student of it: none is trained yet, or it was long ago.</p>
      ) : (
        <>
          <TrainingCharts curves={curves} />
          <TrainingTable trainings={trainings} runId={run.id} />
          {session.completions && <CompletionBrowser runId={run.id} writers={writersOf(trainings, run.id)} />}
        </>
      )}
    </>
  );
}

function Trainers({ trainers }: { readonly trainers: readonly TrainerRow[] }): VNode {
  return (
    <ul class="facts">
      {trainers.map(({ address, running, queued, tokensPerSecond, failure, status }) => (
        <li key={address} class="number">
          trainer {address}: {running} training, {queued} waiting, {count(tokensPerSecond)} tokens/s
          {status !== undefined &&
            `; memory for models: ${bytes(status.heldBytes)} of ${bytes(status.budgetBytes)} held, ` +
              `process ${bytes(status.residentBytes)}`}
          {failure !== '' && <span class="failure"> {visible(failure)}</span>}
        </li>
      ))}
    </ul>
  );
}

function TrainingTable({
  trainings,
  runId,
}: {
  readonly trainings: readonly Training[];
  readonly runId: string;
}): VNode {
  return (
    <details>
      <summary>{plural(trainings.length, 'student')}, one by one</summary>
      <NumberTable label="Students, one by one" heads={['student', 'state', 'step', 'trainer']}>
        {trainings.map(({ id, state, stepsDone, stepsTotal, trainer }) => (
          <tr key={id}>
            <th scope="row">{visible(nameOf(id, runId))}</th>
            <td>
              <StateChip state={state} />
            </td>
            <td>
              {stepsDone} of {stepsTotal}
            </td>
            <td>{trainer}</td>
          </tr>
        ))}
      </NumberTable>
    </details>
  );
}

function armWriter({ name, trainingSteps }: ArmRow): Writer {
  return { part: name, name, stepsTotal: trainingSteps };
}

function writersOf(trainings: readonly Training[], runId: string): Writer[] {
  return trainings.map(({ id, stepsTotal }) => ({
    part: id.slice(runId.length + 1),
    name: nameOf(id, runId),
    stepsTotal,
  }));
}

/** "dataset 2, student 1" of <run>/step-3/dataset-2/repeat-1. */
function nameOf(id: string, runId: string): string {
  const found = /\/dataset-(\d+)\/repeat-(\d+)$/.exec(id);
  return found === null ? id.slice(runId.length + 1) : `dataset ${found[1]}, student ${found[2]}`;
}

/** Each student as a thin line, and the mean of those of a dataset as a strong one. */
function curvesOf(trainings: readonly Training[], runId: string): Curve[] {
  const groups = new Map<string, Training[]>();
  for (const training of trainings) {
    const group = nameOf(training.id, runId).replace(/, student \d+$/, '');
    groups.set(group, [...(groups.get(group) ?? []), training]);
  }
  return [...groups].flatMap(([name, members], i): Curve[] => {
    const single = members.map(({ id, steps }) => ({ name: nameOf(id, runId), steps, tone: i, faint: true }));
    const mean = { name, steps: meanOf(members.map(({ steps }) => steps)), tone: i };
    return members.length === 1 ? [mean] : [...single, mean];
  });
}

/** The mean of several students at each step that any of them has done. */
function meanOf(students: readonly (readonly TrainingStep[])[]): TrainingStep[] {
  const byStep = new Map<number, TrainingStep[]>();
  for (const step of students.flat()) byStep.set(step.step, [...(byStep.get(step.step) ?? []), step]);
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, found]) => {
      const mean = (of: (each: TrainingStep) => number): number =>
        found.reduce((sum, each) => sum + of(each), 0) / found.length;
      return {
        step,
        stage: found[0]!.stage,
        reward: mean(({ reward }) => reward),
        accuracy: mean(({ accuracy }) => accuracy),
        gradientNorm: mean(({ gradientNorm }) => gradientNorm),
        kl: mean(({ kl }) => kl),
        entropy: mean(({ entropy }) => entropy),
        tokens: Math.round(mean(({ tokens }) => tokens)),
      };
    });
}
