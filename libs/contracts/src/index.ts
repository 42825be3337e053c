/**
 * The contracts of the five services, as TypeScript: schemas, types and service descriptors generated from proto/soar,
 * flat, because their names are unique over all packages; the validator of the rules in them; and the JSON form of
 * configurations and reports. Transport is @soar/grpc-kit's; the messages that every gRPC server speaks are in
 * ./grpc.js.
 */
export * from './gen/soar/build/v1/build_pb.js';
export * from './gen/soar/build/v1/build_service_pb.js';
export * from './gen/soar/common/v1/common_pb.js';
export * from './gen/soar/common/v1/domain_pb.js';
export * from './gen/soar/coordinator/v1/artifact_pb.js';
export * from './gen/soar/coordinator/v1/comparison_pb.js';
export * from './gen/soar/coordinator/v1/comparison_service_pb.js';
export * from './gen/soar/coordinator/v1/coordinator_service_pb.js';
export * from './gen/soar/coordinator/v1/progress_pb.js';
export * from './gen/soar/coordinator/v1/run_pb.js';
export * from './gen/soar/coordinator/v1/run_config_pb.js';
export * from './gen/soar/coordinator/v1/sweep_pb.js';
export * from './gen/soar/coordinator/v1/sweep_service_pb.js';
export * from './gen/soar/metareward/v1/metareward_service_pb.js';
export * from './gen/soar/metareward/v1/score_pb.js';
export * from './gen/soar/teacher/v1/dataset_pb.js';
export * from './gen/soar/teacher/v1/teacher_service_pb.js';
export * from './gen/soar/trainer/v1/completion_pb.js';
export * from './gen/soar/trainer/v1/trainer_service_pb.js';
export * from './gen/soar/trainer/v1/training_run_pb.js';
export * from './gen/soar/verifier/v1/verification_pb.js';
export * from './gen/soar/verifier/v1/verifier_service_pb.js';
export {
  jsonPath,
  settingIn,
  settingMessage,
  settingOf,
  settingViolations,
  type Setting,
  withSettings,
} from './config-settings.js';
export * from './json.js';
export { messageJsonSchema, type Hints } from './json-schema.js';
export { misspellings } from './json-spelling.js';
export { klPenalty, type KlPenalty } from './kl-penalty.js';
export { plannedWorks, samplingWork } from './planned-works.js';
export { resolvedConfig, type Adapters } from './resolved-config.js';
export { contextViolations, type ConfigContext } from './run-rules.js';
export { trainingViolations } from './training-rules.js';
export * from './validate.js';
export { clone, create, equals, fromBinary, toBinary, type MessageShape } from '@bufbuild/protobuf';
export type { DescMessage, DescService, JsonObject, JsonValue, MessageInitShape } from '@bufbuild/protobuf';
export {
  durationFromMs,
  durationMs,
  timestampDate,
  timestampFromDate,
  timestampFromMs,
  timestampMs,
} from '@bufbuild/protobuf/wkt';
export type { Timestamp } from '@bufbuild/protobuf/wkt';
