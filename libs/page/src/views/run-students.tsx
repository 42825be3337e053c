/** Students of a run: those that its trainers hold, as they train, and those of the arms. */
import type { VNode } from 'preact';
import type { Run, Session } from '../index.js';
import { TrainingCharts } from './training-charts.js';

export function Students({ run }: { readonly run: Run; readonly session: Session }): VNode {
  const arms = run.arms.filter(({ training }) => training.length > 0);
  return (
    <>
      {arms.length === 0 ? (
        <p class="empty">No student of the comparison at the end has been trained yet.</p>
      ) : (
        <section aria-labelledby="arms">
          <h2 id="arms">Students of the comparison at the end</h2>
          <TrainingCharts curves={arms.map(({ name, training }) => ({ name, steps: training }))} />
        </section>
      )}
    </>
  );
}
