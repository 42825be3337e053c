/** The comparison at the end of a run, as a table. */
import type { VNode } from 'preact';
import { percent, visible } from '../format.js';
import type { Run } from '../index.js';
import { NumberTable } from './number-table.js';

const NAMES: Readonly<Record<string, string>> = {
  base: 'base model',
  'hard-only': 'hard problems alone',
  ps: 'promoted student (PS)',
  pq: 'promotion questions first (PQ)',
};

export function Arms({ run }: { readonly run: Run }): VNode | null {
  const { arms } = run;
  if (arms.length === 0) return null;
  const ks = [...new Set(arms.flatMap(({ passAtK }) => passAtK.map(([k]) => k)))].sort((a, b) => a - b);
  const order = Object.keys(NAMES);
  const sorted = [...arms].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const [first] = sorted;
  return (
    <section aria-labelledby="result">
      <h2 id="result">Result on held-out problems</h2>
      <NumberTable label="Table of the result" heads={['student', ...ks.map((k) => `pass@${k}`), 'steps']}>
        {sorted.map(({ name, passAtK, trainingSteps }) => (
          <tr key={name}>
            <th scope="row">{NAMES[name] ?? visible(name)}</th>
            {ks.map((k) => {
              const found = passAtK.find(([other]) => other === k);
              return <td key={k}>{found === undefined ? '\u2013' : percent(found[1])}</td>;
            })}
            <td>{trainingSteps}</td>
          </tr>
        ))}
      </NumberTable>
      <p class="soft">
        {first!.problems} problems, {first!.samples} samples each.
      </p>
    </section>
  );
}
