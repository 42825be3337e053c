/** What each trainer has to do, and the memory that it holds: now, and over the last minutes. */
import type { VNode } from 'preact';
import { SparkLine, type SparkSeries } from '../charts/spark-line.js';
import { bytes, plural, visible } from '../format.js';
import type { TrainerLoad, TrainerStatusRow } from '../index.js';
import { HISTORY_MS, type Sample, type TrainerHistory } from '../live/trainer-history.js';

export function Trainers({ history }: { readonly history: TrainerHistory | undefined }): VNode | null {
  const { trainers = [], atMs = 0 } = history?.latest ?? {};
  if (trainers.length === 0) return null;
  return (
    <section aria-labelledby="trainers">
      <h2 id="trainers">
        Trainers <span class="soft">{trainers.length}</span>
      </h2>
      <ul class="list">
        {trainers.map((load) => (
          <li key={load.address}>
            <Trainer load={load} samples={history?.samples[load.address] ?? []} atMs={atMs} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Trainer({
  load: { address, failure, status },
  samples,
  atMs,
}: {
  readonly load: TrainerLoad;
  readonly samples: readonly Sample[];
  readonly atMs: number;
}): VNode {
  const over = (name: string, tone: number, of: (status: TrainerStatusRow) => number): SparkSeries => ({
    name,
    tone,
    points: samples.map(({ atMs: ms, status: then }) => [ms, of(then)]),
  });
  const time = { fromMs: atMs - HISTORY_MS, toMs: atMs };
  return (
    <div class="trainer">
      <div>
        <b class="name">{address}</b>
        {status !== undefined && <Facts status={status} />}
        {failure !== '' && <p class="failure">{visible(failure)}</p>}
      </div>
      {status !== undefined && (
        <>
          <SparkLine
            title="Jobs"
            series={[
              over('running', 0, ({ jobsRunning }) => jobsRunning),
              over('waiting', 1, ({ jobsQueued }) => jobsQueued),
            ]}
            top={status.workers}
            format={String}
            {...time}
          />
          <SparkLine
            title="Memory"
            series={[
              over(
                status.provider === 'cpu' ? 'held for models' : 'held on the device',
                0,
                ({ heldBytes }) => heldBytes,
              ),
              over('process', 1, ({ residentBytes }) => residentBytes),
            ]}
            top={status.budgetBytes}
            format={bytes}
            {...time}
          />
        </>
      )}
    </div>
  );
}

function Facts({ status }: { readonly status: TrainerStatusRow }): VNode {
  const { workers, threads, provider, trainingRunsRunning, trainingRunsQueued } = status;
  const { budgetBytes, heldBytes, residentBytes } = status;
  return (
    <ul class="trainer-facts number">
      <li>
        {visible(provider)}, {plural(workers, 'worker')} of {plural(threads, 'thread')}
      </li>
      <li>
        {trainingRunsRunning} training, {trainingRunsQueued} waiting
      </li>
      <li>
        memory for models: {bytes(budgetBytes - heldBytes)} of {bytes(budgetBytes)} free
      </li>
      <li>process {bytes(residentBytes)}</li>
    </ul>
  );
}
