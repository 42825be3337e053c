/** The teacher's questions of one outer step, by dataset, with the reward that each dataset earned. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { percent, plural, signed, visible } from '../format.js';
import type { Question, Run, Session, StepRow, StepTexts } from '../index.js';
import { hashOf } from '../route.js';
import { apiPath, fetchJson } from '../session.js';
import { Ledger } from './ledger.js';
import { QuestionSearch } from './question-search.js';

/** Questions of a dataset that are drawn at first. */
const SHOWN = 50;

interface QuestionsProps {
  readonly run: Run;
  readonly session: Session;
  readonly step: number | undefined;
}

export function Questions({ run, session, step }: QuestionsProps): VNode {
  const last = run.steps.at(-1)?.step;
  // A step that is being read stays when the next one is done.
  const [first, setFirst] = useState(last);
  if (first === undefined && last !== undefined) setFirst(last);
  const shown = step ?? first;
  if (shown === undefined) return <p class="empty">The first outer step is not done yet.</p>;
  const row = run.steps.find((each) => each.step === shown);
  return (
    <>
      <StepBar run={run} step={shown} />
      {row === undefined ? (
        <p class="empty">Outer step {shown} is not done yet.</p>
      ) : (
        <>
          <StepFacts row={row} />
          <Datasets key={shown} run={run} row={row} />
          {session.ledger && <Ledger key={`ledger ${shown}`} run={run} step={shown} />}
          <TraceLink run={run} session={session} step={shown} />
        </>
      )}
      <QuestionSearch run={run} />
    </>
  );
}

/** Which step, and the way to its neighbours. */
function StepBar({ run, step }: { readonly run: Run; readonly step: number }): VNode {
  const to = (other: number): string => hashOf({ view: 'run', id: run.id, tab: 'questions', step: other });
  const last = run.steps.at(-1)?.step ?? 0;
  return (
    <div class="step-bar">
      {step > 0 ? <a href={to(step - 1)}>Step {step - 1}</a> : <span />}
      <h2>
        <label>
          Outer step{' '}
          <input
            type="number"
            min={0}
            max={last}
            value={step}
            onChange={(event) => {
              const wanted = Math.round(Number(event.currentTarget.value));
              location.hash = to(Math.min(Math.max(0, wanted), last));
            }}
          />
        </label>
      </h2>
      {step < last ? <a href={to(step + 1)}>Step {step + 1}</a> : <span />}
    </div>
  );
}

function StepFacts({ row }: { readonly row: StepRow }): VNode {
  const reasons = Object.entries(row.rejections).sort(([, a], [, b]) => b - a);
  return (
    <p class="facts">
      {row.meanReward !== undefined && <span class="number">mean reward {signed(row.meanReward)}</span>}
      {row.movingAverage !== undefined && <span class="number">average {signed(row.movingAverage)}</span>}
      {row.baseline !== undefined && <span class="number">baseline {percent(row.baseline)}</span>}
      <span class="number">
        {row.sampled - row.rejected} of {row.sampled} proposals well-formed
      </span>
      {reasons.length > 0 && (
        <span class="soft">{reasons.map(([reason, n]) => `${visible(reason)} ${n}`).join(', ')}</span>
      )}
    </p>
  );
}

function Datasets({ run, row }: { readonly run: Run; readonly row: StepRow }): VNode {
  const [texts, setTexts] = useState<StepTexts>();
  const [problem, setProblem] = useState('');
  const { id } = run;
  useEffect(() => {
    const abort = new AbortController();
    fetchJson<StepTexts>(apiPath('runs', id, `steps/${row.step}/questions`), abort.signal)
      .then(setTexts)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      });
    return () => abort.abort();
  }, [id, row.step]);
  const datasets = useMemo(
    () => byDataset(texts?.questions ?? [], row.rewards.length),
    [texts, row.rewards.length],
  );
  if (problem !== '') return <p class="failure">{visible(problem)}</p>;
  if (texts === undefined) return <p class="empty">reading the questions</p>;
  return (
    <>
      {datasets.map((questions, k) => (
        <Dataset
          key={k}
          index={k}
          questions={questions}
          reward={row.rewards[k]}
          isPromoted={row.promoted === k}
        />
      ))}
    </>
  );
}

interface DatasetProps {
  readonly index: number;
  readonly questions: readonly Question[];
  readonly reward: number | undefined;
  readonly isPromoted: boolean;
}

function Dataset({ index, questions, reward, isPromoted }: DatasetProps): VNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? questions : questions.slice(0, SHOWN);
  return (
    <details class="dataset" open>
      <summary>
        <h3>Dataset {index}</h3>
        {reward !== undefined && <span class="number">reward {signed(reward)}</span>}
        <span class="soft">{plural(questions.length, 'question')}</span>
        {isPromoted && <span class="promoted">promoted</span>}
      </summary>
      <QuestionTable questions={shown} label={`Questions of dataset ${index}`} />
      {!isWhole && questions.length > SHOWN && (
        <button type="button" onClick={() => setWhole(true)}>
          {questions.length - SHOWN} more
        </button>
      )}
    </details>
  );
}

/** Questions with their stated answers, as the teacher wrote them. */
export function QuestionTable({
  questions,
  label,
}: {
  readonly questions: readonly (Question & { readonly href?: string; readonly from?: string })[];
  readonly label: string;
}): VNode {
  const hasVerdicts = questions.some(({ kind, verdict }) => verdict !== undefined || (kind ?? '') !== '');
  return (
    <table class="questions" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">question</th>
          <th scope="col">stated answer</th>
          {hasVerdicts && <th scope="col">domain</th>}
        </tr>
      </thead>
      <tbody>
        {questions.map(({ id, question, answer, href, from, kind, verdict }) => (
          <tr key={id}>
            <td>
              {href !== undefined && (
                <a class="from" href={href}>
                  {from}
                </a>
              )}
              <span class="text">{visible(question)}</span>
            </td>
            <td>
              <span class="text">{visible(answer)}</span>
            </td>
            {hasVerdicts && (
              <td>
                <span class={`verdict ${verdict ?? ''}`}>{verdict}</span>{' '}
                <span class="soft kind">{visible(kind ?? '')}</span>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The second part of an id such as step-3/0/17 is the dataset. */
function byDataset(questions: readonly Question[], count: number): Question[][] {
  const datasets: Question[][] = Array.from({ length: count }, () => []);
  for (const question of questions) {
    const k = Number(question.id.split('/')[1] ?? 0);
    (datasets[Number.isInteger(k) && k >= 0 && k < 4096 ? k : 0] ??= []).push(question);
  }
  return Array.from(datasets, (each) => each ?? []);
}

/** The step's trace in Jaeger. */
function TraceLink({ run, session, step }: { run: Run; session: Session; step: number }): VNode | null {
  if (session.jaeger === undefined) return null;
  const tags = JSON.stringify({ 'soar.run.id': run.id, 'soar.outer_step': String(step) });
  const query = new URLSearchParams({ service: 'coordinator', tags, lookback: 'custom' });
  return (
    <p>
      <a href={`${session.jaeger}/search?${query.toString()}`} target="_blank" rel="noreferrer">
        Trace of outer step {step}
      </a>
    </p>
  );
}
