/** How the rewards of an outer step came about: the evaluations behind each, and the same sums computed again. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { percent, signed, visible } from '../format.js';
import type { Evaluated, LedgerStep, Recomputed, Run } from '../index.js';
import { apiPath, fetchJson } from '../session.js';
import { NumberTable } from './number-table.js';

export function Ledger({ run, step }: { readonly run: Run; readonly step: number }): VNode {
  const [entry, setEntry] = useState<LedgerStep>();
  const [again, setAgain] = useState<Recomputed>();
  const [problem, setProblem] = useState('');
  const path = (what: string): string => apiPath('runs', run.id, `steps/${step}/${what}`);
  const failed = (error: unknown): void => setProblem(error instanceof Error ? error.message : String(error));
  useEffect(() => {
    const abort = new AbortController();
    fetchJson<LedgerStep>(path('ledger'), abort.signal)
      .then(setEntry)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) failed(error);
      });
    return () => abort.abort();
  }, [run.id, step]);
  return (
    <section aria-labelledby="ledger">
      <h2 id="ledger">How the rewards came about</h2>
      {problem !== '' && <p class="failure">{visible(problem)}</p>}
      {entry !== undefined && (
        <>
          <LedgerTable entry={entry} />
          <div class="steering">
            <button
              type="button"
              onClick={() => void fetchJson<Recomputed>(path('recompute')).then(setAgain).catch(failed)}
            >
              Compute them again
            </button>
            <p role="status" class={again?.equal === false ? 'failure' : 'soft'}>
              {again === undefined
                ? ''
                : again.equal
                  ? 'Computed again from the recorded evaluations: equal, bit for bit.'
                  : `Not equal: recorded ${again.recorded.join(', ')}; computed ${again.recomputed.join(', ')}.`}
            </p>
          </div>
        </>
      )}
    </section>
  );
}

function LedgerTable({ entry }: { readonly entry: LedgerStep }): VNode {
  const repeats = Math.max(1, ...entry.datasets.map((each) => each.repeats.length));
  const isGain = entry.rewardKind !== 'learnability';
  const columns = Array.from({ length: repeats }, (_, j) =>
    isGain ? `student ${j}` : 'baseline on its questions',
  );
  const heads = ['dataset', ...columns, 'reward', 'advantage'];
  return (
    <>
      <p class="soft">
        {isGain
          ? `Baseline: ${fraction(entry.baseline)}. Each student\u2019s reward is its accuracy minus that. ` +
            'A dataset has the mean of its students, and as advantage what it has over the mean of the others.'
          : 'Learnability: nothing was trained. A question counts with its share of wrong answers if some are right.'}
      </p>
      <NumberTable label="Rewards by dataset" heads={heads}>
        {entry.datasets.map(({ dataset, reward, advantage, repeats: students }) => (
          <tr key={dataset} class={entry.promotion?.dataset === dataset ? 'chosen' : ''}>
            <th scope="row">{dataset}</th>
            {Array.from({ length: repeats }, (_, j) => {
              const student = students[j];
              return (
                <td key={j}>
                  {student === undefined ? '\u2013' : fraction(student)}
                  {student !== undefined && isGain && <span class="soft"> {signed(student.reward)}</span>}
                  {entry.promotion?.dataset === dataset && entry.promotion.repeat === j && (
                    <span class="promoted"> promoted</span>
                  )}
                </td>
              );
            })}
            <td>{signed(reward)}</td>
            <td>{signed(advantage)}</td>
          </tr>
        ))}
      </NumberTable>
      <p class="soft number">
        Mean {signed(entry.meanReward)}; average of {entry.window} {signed(entry.movingAverage)}, tau{' '}
        {entry.tau}.
      </p>
    </>
  );
}

function fraction({ correct, samples }: Evaluated): string {
  return `${correct}/${samples} ${percent(correct / Math.max(1, samples))}`;
}
