/**
 * gRPC for the services: typed servers and clients from the descriptors in @soar/contracts, with health, reflection,
 * deadlines, cancellation, TLS, tokens, limits and one way for errors to travel. The only importer of @grpc/grpc-js.
 */
export { type CallCredentials, type CallSecurity, openCallCredentials } from './call-credentials.js';
export type { CallOptions } from './client-calls.js';
export { type Client, type ClientOptions, createClient } from './client.js';
export { MESSAGE_BYTES_MAX } from './limits.js';
export { type Held, ReplicaPool, type ReplicaPoolOptions } from './replica-pool.js';
export { runService, type ServiceProcess, type ServiceProgram } from './run-service.js';
export { type RunningServer, type ServerOptions, startServer } from './server.js';
export { type HandlerContext, service, type Service, type ServiceImpl } from './service.js';
export { CALL_FLAGS, callSecurity } from './security-flags.js';
export { readServiceFlags, type Flag, type ServiceFlags, type Serving } from './service-flags.js';
