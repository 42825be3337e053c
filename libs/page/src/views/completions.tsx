/** What students wrote in one optimizer step or in their evaluation, with reward and verdict, by problem. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { compact, plural, visible } from '../format.js';
import type { Completion, Completions } from '../index.js';
import { apiPath, fetchJson } from '../session.js';

/** A student whose completions may be there. */
export interface Writer {
  /** The part of its training's id behind the run's: step-3/dataset-0/repeat-1, pq. */
  readonly part: string;
  readonly name: string;
  readonly stepsTotal: number;
}

const EVALUATION = -1;

export function CompletionBrowser({
  runId,
  writers,
}: {
  readonly runId: string;
  readonly writers: readonly Writer[];
}): VNode | null {
  const [part, setPart] = useState<string>();
  const [step, setStep] = useState(0);
  const writer = writers.find((each) => each.part === part) ?? writers[0];
  if (writer === undefined) return null;
  const last = Math.max(0, writer.stepsTotal - 1);
  return (
    <details>
      <summary>What students wrote</summary>
      <div class="steering">
        <label>
          Student{' '}
          <select value={writer.part} onChange={(event) => setPart(event.currentTarget.value)}>
            {writers.map((each) => (
              <option key={each.part} value={each.part}>
                {visible(each.name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Optimizer step{' '}
          <input
            class="step-number"
            type="number"
            min={0}
            max={last}
            value={step === EVALUATION ? '' : step}
            onChange={(event) =>
              setStep(Math.min(last, Math.max(0, Math.round(Number(event.currentTarget.value)))))
            }
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={step === EVALUATION}
            onChange={(event) => setStep(event.currentTarget.checked ? EVALUATION : 0)}
          />{' '}
          evaluation
        </label>
      </div>
      <Written key={`${writer.part} ${step}`} runId={runId} part={writer.part} step={step} />
    </details>
  );
}

function Written({
  runId,
  part,
  step,
}: {
  readonly runId: string;
  readonly part: string;
  readonly step: number;
}): VNode {
  const [found, setFound] = useState<Completions>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    const which = step === EVALUATION ? 'evaluation' : String(step);
    fetchJson<Completions>(apiPath('runs', runId, `completions/${part}/${which}`), abort.signal)
      .then(setFound)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      });
    return () => abort.abort();
  }, [runId, part, step]);
  if (problem !== '') return <p class="failure">{visible(problem)}</p>;
  if (found === undefined) return <p class="empty">reading</p>;
  if (found.completions.length === 0) return <p class="empty">nothing was written there</p>;
  return (
    <>
      {byPrompt(found.completions).map((group) => (
        <Group key={`${group[0]!.problem} ${group[0]!.prompt}`} group={group} />
      ))}
      {found.more > 0 && <p class="soft">{plural(found.more, 'completion')} more in the file.</p>}
    </>
  );
}

function Group({ group }: { readonly group: readonly Completion[] }): VNode {
  const [{ problem, prompt }] = group as [Completion, ...Completion[]];
  return (
    <section aria-label={`Problem ${problem}`}>
      <pre class="texts">{visible(prompt)}</pre>
      <table class="questions" aria-label={`Completions of ${problem}`}>
        <thead>
          <tr>
            <th scope="col">completion</th>
            <th scope="col">verdict</th>
            <th scope="col">reward</th>
          </tr>
        </thead>
        <tbody>
          {group.map(({ completion, verdict, reward, finish }, i) => (
            <tr key={i}>
              <td>
                <span class="text">{visible(completion)}</span>
                {finish === 'length' && <span class="soft"> cut off at its length</span>}
              </td>
              <td>
                <span class={`verdict ${verdict === 'CORRECT' ? 'right' : ''}`}>
                  {visible(verdict.toLowerCase().replaceAll('_', ' '))}
                </span>
              </td>
              <td class="number">{reward === undefined ? '\u2013' : compact(reward)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Completions of one prompt stand together in the file. */
function byPrompt(completions: readonly Completion[]): Completion[][] {
  const groups: Completion[][] = [];
  for (const each of completions) {
    const last = groups.at(-1);
    if (last?.[0]?.problem === each.problem && last[0].prompt === each.prompt) last.push(each);
    else groups.push([each]);
  }
  return groups;
}
