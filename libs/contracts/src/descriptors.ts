/**
 * What is generated from proto/soar: messages, enums and services, flat, because their names are unique over all
 * packages. An entry of its own for those who only call: it loads no validator and runs in a browser.
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
export * from './gen/soar/trainer/v1/trainer_status_pb.js';
export * from './gen/soar/trainer/v1/trainer_status_service_pb.js';
export * from './gen/soar/trainer/v1/training_run_pb.js';
export * from './gen/soar/verifier/v1/verification_pb.js';
export * from './gen/soar/verifier/v1/verifier_service_pb.js';
export {
  durationFromMs,
  durationMs,
  timestampDate,
  timestampFromDate,
  timestampFromMs,
  timestampMs,
} from '@bufbuild/protobuf/wkt';
export type { Timestamp } from '@bufbuild/protobuf/wkt';
