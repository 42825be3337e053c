/**
 * Models in worker threads: ONNX Runtime runs the graphs of @soar/model and @soar/training there, one session per
 * core, and the caller's thread only sends messages. The only importer of onnxruntime-node.
 */
export {
  copyAdapter,
  isAdapterFolder,
  readAdapterBase,
  readAdapterConfig,
  writeMerged,
} from './adapter-folder.js';
export { adapterFor, describeAdapter, type AskedAdapter } from './adapter-choice.js';
export { machineDevices, type MachineDevices } from './devices/machine.js';
export { namedDevices, type NamedDevice } from './devices/named-devices.js';
export { placements, type Placement } from './devices/placement.js';
export { probe, type Probe } from './devices/probe.js';
export {
  ASKED_PROVIDERS,
  chooseProvider,
  type AskedProvider,
  type ChosenProvider,
} from './devices/provider.js';
export { planCompute, plannedMemory, workOn, type PlannedMemory, type PlannedWork } from './compute-plan.js';
export { parameterCount, trainedCount } from './memory.js';
export { checkModelFolder, readBaseConfig, readModelConfig, writeJson } from './model-folder.js';
export { ModelPool, type JobOptions } from './model-pool.js';
export { ModelWorker } from './model-worker.js';
export type {
  AdapterStart,
  Handle,
  ModelSource,
  PolicyInfo,
  RankedScore,
  TrainingText,
  TrainStep,
  TrainStepResult,
} from './protocol.js';
export type { Completion } from './completions.js';
export type { ModelLimits, RolloutRequest, RolloutRow, SamplingSettings } from './rollout-units.js';
export {
  PRECISIONS,
  PROVIDERS,
  runtimeSettings,
  type Compute,
  type Precision,
  type Provider,
  type RuntimeSettings,
  type WorkShapes,
} from './settings.js';
export { onnxRuntimeVersion } from './version.js';
export { WEIGHTS_FILE, writeTensors } from './weight-files.js';
