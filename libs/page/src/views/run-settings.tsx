/** The configuration of a run, as it was resolved when the run was created. */
import type { VNode } from 'preact';
import { plural, visible } from '../format.js';
import type { Run } from '../index.js';

export function Settings({ run }: { readonly run: Run }): VNode {
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <dl class="pairs">
        <dt>base model</dt>
        <dd>{visible(run.base)}</dd>
        <dt>problems</dt>
        <dd>
          {run.trainProblems} to train on, {run.testProblems} held out
        </dd>
        <dt>an outer step</dt>
        <dd>
          {plural(run.datasets, 'dataset')}, {plural(run.repeats, 'student')} on each
        </dd>
        <dt>promotion</dt>
        <dd>
          {run.promotes ? `when the average of ${plural(run.window, 'step')} is above ${run.tau}` : 'off'}
        </dd>
      </dl>
      <h3 id="configuration">Whole configuration</h3>
      <pre class="texts" tabindex={0} role="region" aria-labelledby="configuration">
        {visible(JSON.stringify(run.config, null, 2))}
      </pre>
    </section>
  );
}
