/** A run's report in the forms of experiment trackers. Not here: reading reports and writing files. */
export { jsonLines } from './json-lines.js';
export { mlflowUrl } from './mlflow/call.js';
export { logToMlflow } from './mlflow/log-run.js';
export { eventFiles } from './tensorboard/event-files.js';
export { trackedRun, type TrackedRun } from './tracked-run.js';
