/**
 * What every gRPC server speaks beside its own contracts: health, reflection (two versions of one protocol) and the
 * wire form of errors. Only @soar/grpc-kit needs it. The two reflection versions share names, hence the namespaces.
 */
export * from './gen/google/rpc/error_details_pb.js';
export * from './gen/google/rpc/status_pb.js';
export * from './gen/grpc/health/v1/health_pb.js';
export * as reflectionV1 from './gen/grpc/reflection/v1/reflection_pb.js';
export * as reflectionV1Alpha from './gen/grpc/reflection/v1alpha/reflection_pb.js';
