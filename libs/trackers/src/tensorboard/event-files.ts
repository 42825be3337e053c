/**
 * A run as TensorBoard's event files: one for the run, with its parameters (the plug-in HParams), results and questions
 * (the plug-in Text), and one for every arm that trains, in a folder of its own, so that the curves of arms share a
 * figure.
 *
 * TensorBoard keeps scalars in float32. A report has the time of a run's start and end and no other: values of outer
 * steps and trainings bear the end's.
 */
import { create, type MessageInitShape, toBinary } from '@soar/contracts';
import {
  DataType,
  type Event,
  EventSchema,
  HParamsPluginDataSchema,
  Status,
  type Summary_Value,
  Summary_ValueSchema,
} from '@soar/contracts/tensorboard';
import type { TrackedRun } from '../tracked-run.js';
import { questionTable } from './question-table.js';
import { tfRecord } from './tf-record.js';

/** The content of event files, by path below the folder of the run. */
export function eventFiles(run: TrackedRun): ReadonlyMap<string, Uint8Array> {
  const name = `events.out.tfevents.${Math.floor(run.startMs / 1000)}.soar`;
  return new Map(
    run.series.map(({ arm, scalars }) => {
      const values = scalars.map(({ tag, step, value }) => ({ step, value: scalar(tag, value) }));
      const whole = arm === '' ? valuesOfRun(run) : [];
      return [arm === '' ? name : `${arm}/${name}`, eventFile(run, [...values, ...whole])];
    }),
  );
}

interface Stepped {
  readonly step: number;
  readonly value: Summary_Value;
}

function eventFile({ endMs, startMs }: TrackedRun, values: readonly Stepped[]): Uint8Array {
  const events: Event[] = [
    create(EventSchema, {
      wallTime: startMs / 1000,
      what: { case: 'fileVersion', value: 'brain.Event:2' },
    }),
    ...values.map(({ step, value }) =>
      create(EventSchema, {
        wallTime: endMs / 1000,
        step: BigInt(step),
        what: { case: 'summary', value: { value: [value] } },
      }),
    ),
  ];
  return Buffer.concat(events.map((event) => tfRecord(toBinary(EventSchema, event))));
}

function valuesOfRun(run: TrackedRun): Stepped[] {
  const { isComplete, parameters, results, questions, outerStepsDone, startMs, endMs } = run;
  const start = {
    case: 'sessionStartInfo',
    value: {
      startTimeSecs: startMs / 1000,
      groupName: run.id,
      hparams: Object.fromEntries(parameters.map(([name, value]) => [name, { kind: kindOf(value) }])),
    },
  } as const;
  const end = {
    case: 'sessionEndInfo',
    value: { endTimeSecs: endMs / 1000, status: isComplete ? Status.SUCCESS : Status.RUNNING },
  } as const;
  return [
    { step: 0, value: hyperparameters('session_start_info', start) },
    ...results.map(([name, value]) => ({ step: outerStepsDone, value: scalar(name, value) })),
    ...(questions.length === 0
      ? []
      : [{ step: outerStepsDone, value: text('questions', questionTable(questions)) }]),
    { step: 0, value: hyperparameters('session_end_info', end) },
  ];
}

function scalar(tag: string, value: number): Summary_Value {
  return create(Summary_ValueSchema, { tag, value: { case: 'simpleValue', value } });
}

/** Shown as Markdown. */
function text(tag: string, markdown: string): Summary_Value {
  return create(Summary_ValueSchema, {
    tag,
    metadata: { pluginData: { pluginName: 'text' } },
    value: {
      case: 'tensor',
      value: {
        dtype: DataType.DT_STRING,
        // A scalar is shown as it is, a vector as a table.
        tensorShape: {},
        stringVal: [Buffer.from(markdown)],
      },
    },
  });
}

type Session = NonNullable<MessageInitShape<typeof HParamsPluginDataSchema>['data']>;

/** All that it says is in its metadata; the tensor is what every summary has. */
function hyperparameters(tag: string, data: Session): Summary_Value {
  const content = toBinary(HParamsPluginDataSchema, create(HParamsPluginDataSchema, { data }));
  return create(Summary_ValueSchema, {
    tag: `_hparams_/${tag}`,
    metadata: { pluginData: { pluginName: 'hparams', content } },
    value: { case: 'tensor', value: { dtype: DataType.DT_FLOAT, tensorShape: {}, floatVal: [0] } },
  });
}

function kindOf(value: string | number | boolean) {
  if (typeof value === 'number') return { case: 'numberValue', value } as const;
  if (typeof value === 'boolean') return { case: 'boolValue', value } as const;
  return { case: 'stringValue', value } as const;
}
