/**
 * The contracts of the five services, as TypeScript: schemas, types and service descriptors (descriptors.ts); the
 * validator of the rules in them; and the JSON form of configurations and reports. Transport is @soar/grpc-kit's; the
 * messages that every gRPC server speaks are in ./grpc.js.
 */
export * from './descriptors.js';
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
