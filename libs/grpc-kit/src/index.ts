/**
 * gRPC for the services: typed servers and clients from the descriptors in @soar/contracts, with health, reflection,
 * deadlines, cancellation, TLS, tokens, limits and one mapping of errors. The only importer of @grpc/grpc-js.
 */
export { type CallCredentials, type CallSecurity, openCallCredentials } from './security/call-credentials.js';
export { expectedBuild, expectingBuilds, type Fingerprints } from './builds.js';
export { askBuild, askBuilds } from './client/ask-build.js';
export type { CallOptions } from './client/calls.js';
export { type Client, type ClientOptions, createClient } from './client/client.js';
export {
  CALLS_MAX_DEFAULT,
  CALLS_PER_SECOND_DEFAULT,
  DRAIN_MS_DEFAULT,
  MESSAGE_BYTES_MAX,
} from './limits.js';
export { type Assignment, ReplicaPool, type ReplicaPoolOptions } from './replicas/pool.js';
export { Admission } from './server/admission.js';
export { ByteBudget, type Holder } from './server/byte-budget.js';
export { requestBytesMaxHere } from './server/guarded-server.js';
export { type RunningServer, type ServerOptions, startServer } from './server/server.js';
export { type HandlerContext, service, type Service, type ServiceImpl } from './service.js';
export { checkListen, formatAddress, isLoopback, parseAddress } from './address.js';
export { ConnectionLost, type WireError, wireError } from './status.js';
export { CALL_FLAGS, callSecurity, SERVER_FLAGS, serverSecurity } from './security/flags.js';
export { type KnownCallers, openKnownCallers } from './security/known-callers.js';
export { Tokens } from './security/tokens.js';
export { type ServerCertificate, serverCertificate } from './security/tls.js';
