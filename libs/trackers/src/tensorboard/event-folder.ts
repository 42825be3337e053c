/**
 * A run as TensorBoard's event files: one for the run, with its parameters, results and questions, and one for every
 * arm that trains, in a folder of its own, so that the curves of arms share a figure. Files are appended to as records
 * come, which TensorBoard follows; those that a killed process left are continued, from the last whole record on.
 */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import { placeOf } from '../place.js';
import { curveOf, type Dated, type QuestionRecord, type RunRecord, startMsOf } from '../records/record.js';
import { Written } from '../records/written.js';
import type { Reported, Tracker } from '../tracker.js';
import { readEvents, type ReadEvents } from './event-reader.js';
import { firstEvent, isSuccess, scalar, sessionEnd, sessionStart, text, valueEvent } from './events.js';
import { questionTable } from './question-table.js';

/** An event file of scalars has some 60 bytes for each; one that is larger than this is none of a run. */
const FILE_BYTES_MAX = 1024 ** 3;
const QUESTIONS = 'questions';
const SESSION_START = '_hparams_/session_start_info';
const SESSION_END = '_hparams_/session_end_info';

/** What an event adds to a file, and what is then known to be there. */
interface Addition {
  readonly arm: string;
  readonly curve: string;
  readonly step: number;
  readonly event: Uint8Array;
}

export class EventFolder implements Tracker {
  private readonly written = new Written();
  private readonly files = new Set<string>();
  /** By what names one; given again after an error, it is still one row. */
  private readonly questions = new Map<string, QuestionRecord>();
  private readonly startMs: number;

  private constructor(
    readonly path: string,
    private readonly head: RunRecord,
  ) {
    this.startMs = startMsOf(head);
  }

  /** Opens the folder `<id>` in a folder. Throws UserError and errors of the system. */
  static async open(folder: string, head: RunRecord): Promise<EventFolder> {
    return EventFolder.at(await placeOf(folder, head.run, '', (path) => isOf(path, head)), head);
  }

  /** A folder at this path, new or continued. */
  static async at(path: string, head: RunRecord): Promise<EventFolder> {
    const folder = new EventFolder(path, head);
    makeFolders(path);
    const entries = await readdir(path, { withFileTypes: true });
    for (const arm of ['', ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)])
      await folder.continue(arm);
    return folder;
  }

  async write(items: readonly Dated[]): Promise<void> {
    const additions = items.flatMap((item) => this.additionsOf(item));
    for (const arm of new Set(additions.map((addition) => addition.arm))) {
      const own = additions.filter((addition) => addition.arm === arm);
      await this.append(
        arm,
        own.map(({ event }) => event),
      );
      for (const { curve, step } of own) this.written.addPoint(curve, step);
    }
  }

  close(): Promise<Reported> {
    return Promise.resolve({
      place: this.path,
      what: `event files; open with: tensorboard --logdir ${dirname(this.path)}`,
    });
  }

  /** What a record adds; nothing where it is there. */
  private additionsOf({ record, atMs }: Dated): Addition[] {
    const once = (curve: string, step: number, value: Parameters<typeof valueEvent>[2]): Addition[] =>
      this.written.has({ kind: 'result', run: '', name: curve, step, value: 0 })
        ? []
        : [{ arm: '', curve, step, event: valueEvent(atMs, step, value) }];
    switch (record.kind) {
      case 'run':
        return once(SESSION_START, 0, sessionStart(record));
      case 'scalar': {
        const { arm = '', tag, step, value } = record;
        const event = valueEvent(atMs, step, scalar(tag, value));
        return this.written.has(record) ? [] : [{ arm, curve: curveOf(record), step, event }];
      }
      case 'result':
        return once(record.name, record.step, scalar(record.name, record.value));
      case 'question':
        // A text is one value: the table is written when all its rows are known.
        this.questions.set(`${record.outer_step} ${record.dataset} ${record.id}`, record);
        return [];
      case 'end': {
        const table = [...this.questions.values()];
        return [
          ...(table.length === 0
            ? []
            : once(QUESTIONS, record.outer_steps_done, text(QUESTIONS, questionTable(table)))),
          ...once(SESSION_END, 0, sessionEnd(record, this.startMs)),
        ];
      }
    }
  }

  private async append(arm: string, events: readonly Uint8Array[]): Promise<void> {
    const file = fileIn(this.path, arm, this.head);
    const isNew = !this.files.has(arm);
    if (isNew) await mkdir(dirname(file), { recursive: true });
    await appendFile(file, Buffer.concat(isNew ? [firstEvent(this.startMs), ...events] : events));
    this.files.add(arm);
  }

  /** Takes note of what a file has, and cuts off what is not whole. */
  private async continue(arm: string): Promise<void> {
    const file = fileIn(this.path, arm, this.head);
    if (!existsSync(file)) return;
    const { events, bytes } = await eventsOf(file);
    await truncate(file, bytes);
    if (events.length > 0) this.files.add(arm);
    for (const { what, step } of events) {
      if (what.case !== 'summary') continue;
      for (const { tag } of what.value.value)
        this.written.addPoint(arm === '' ? tag : `${tag}/${arm}`, Number(step));
    }
  }
}

/** Seconds of the start are part of the name, as TensorFlow has it. */
function fileIn(folder: string, arm: string, head: RunRecord): string {
  return join(folder, arm, `events.out.tfevents.${Math.floor(startMsOf(head) / 1000)}.soar`);
}

/** Whether the files are of this run, and not an export of what was there of it. */
async function isOf(path: string, head: RunRecord): Promise<boolean> {
  const file = fileIn(path, '', head);
  if (!existsSync(file)) return existsSync(path) && (await readdir(path).catch(() => [path])).length === 0;
  const { events } = await eventsOf(file);
  if (events.length > 0 && events[0]!.wallTime !== startMsOf(head) / 1000) return false;
  const ends = events.flatMap(({ what }) =>
    what.case === 'summary' ? what.value.value.filter(({ tag }) => tag === SESSION_END) : [],
  );
  return ends.every(isSuccess);
}

async function eventsOf(file: string): Promise<ReadEvents> {
  const content = await readFile(file);
  if (content.length <= FILE_BYTES_MAX) return readEvents(content);
  throw new UserError(
    `${file}: more than ${FILE_BYTES_MAX} bytes; is this an event file of a run?`,
    'DATA_LOSS',
    file,
  );
}
