/**
 * The events of TensorBoard's files: scalars, hyper-parameters (the plug-in HParams) and texts (the plug-in Text).
 * Not here: files (event-folder.ts).
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@soar/contracts';
import {
  DataType,
  EventSchema,
  HParamsPluginDataSchema,
  Status,
  type Summary_Value,
  Summary_ValueSchema,
} from '@soar/contracts/tensorboard';
import { type EndRecord, type RunRecord, startMsOf } from '../records/record.js';
import { tfRecord } from './tf-record.js';

/** What every event file begins with. */
export function firstEvent(wallMs: number): Uint8Array {
  return framed({ wallTime: wallMs / 1000, what: { case: 'fileVersion', value: 'brain.Event:2' } });
}

export function valueEvent(wallMs: number, step: number, value: Summary_Value): Uint8Array {
  return framed({
    wallTime: wallMs / 1000,
    step: BigInt(step),
    what: { case: 'summary', value: { value: [value] } },
  });
}

/** In float32. */
export function scalar(tag: string, value: number): Summary_Value {
  return create(Summary_ValueSchema, { tag, value: { case: 'simpleValue', value } });
}

/** Shown as Markdown. */
export function text(tag: string, markdown: string): Summary_Value {
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

export function sessionStart(head: RunRecord): Summary_Value {
  const hparams = Object.entries(head.parameters).map(([name, value]) => [name, { kind: kindOf(value) }]);
  return hyperparameters('session_start_info', {
    case: 'sessionStartInfo',
    value: {
      startTimeSecs: startMsOf(head) / 1000,
      groupName: head.run,
      hparams: Object.fromEntries(hparams) as Record<string, { kind: ReturnType<typeof kindOf> }>,
    },
  });
}

export function sessionEnd({ complete, end_time: time }: EndRecord, startMs: number): Summary_Value {
  return hyperparameters('session_end_info', {
    case: 'sessionEndInfo',
    value: {
      endTimeSecs: (time === null ? startMs : Date.parse(time)) / 1000,
      status: complete ? Status.SUCCESS : Status.RUNNING,
    },
  });
}

/** Whether a run had succeeded when `sessionEnd` was made of it. */
export function isSuccess({ metadata }: Summary_Value): boolean {
  const { data } = fromBinary(HParamsPluginDataSchema, metadata?.pluginData?.content ?? new Uint8Array());
  return data.case === 'sessionEndInfo' && data.value.status === Status.SUCCESS;
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

function framed(event: MessageInitShape<typeof EventSchema>): Uint8Array {
  return tfRecord(toBinary(EventSchema, create(EventSchema, event)));
}
