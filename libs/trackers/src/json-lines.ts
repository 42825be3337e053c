/**
 * A run as JSON Lines, for scripts: one line `run` with its parameters, then a line for every scalar, result and
 * question. `kind` says which.
 */
import type { TrackedRun } from './tracked-run.js';

export function jsonLines(tracked: TrackedRun): string {
  const { id: run, isComplete, outerStepsDone, startMs, endMs, parameters } = tracked;
  const time = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());
  const head = {
    kind: 'run',
    run,
    complete: isComplete,
    outer_steps_done: outerStepsDone,
    start_time: time(startMs),
    end_time: isComplete ? time(endMs) : null,
    parameters: Object.fromEntries(parameters),
  };
  const lines: readonly object[] = [
    head,
    ...tracked.series.flatMap(({ arm, scalars }) =>
      scalars.map((scalar) => ({ kind: 'scalar', run, ...(arm !== '' && { arm }), ...scalar })),
    ),
    ...tracked.results.map(([name, value]) => ({ kind: 'result', run, name, value })),
    ...tracked.questions.map(({ outerStep, ...question }) => ({
      kind: 'question',
      run,
      outer_step: outerStep,
      ...question,
    })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
