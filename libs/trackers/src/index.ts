/** A run in experiment trackers, while it goes and afterwards. Not here: reading reports and following runs. */
export { JsonLinesFile } from './json-lines/json-lines-file.js';
export type { Destination } from './live/delivery.js';
export { LiveReport } from './live/live-report.js';
export { type MlflowServer, mlflowUrl } from './mlflow/call.js';
export { MlflowRun } from './mlflow/mlflow-run.js';
export { experimentOf } from './mlflow/server.js';
export type { Dated, RunRecord } from './records/record.js';
export { recordsOf } from './records/run-records.js';
export { EventFolder } from './tensorboard/event-folder.js';
export type { Ending, Reported, Tracker } from './tracker.js';
export { type Interpreter, requirePython } from './wandb/interpreter.js';
export { WandbPipe } from './wandb/wandb-pipe.js';
