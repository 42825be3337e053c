/**
 * The process of a service: the flags that all services share, the readiness line, the drain and the exit codes. A
 * service's main.ts says only what it serves. The transport is @soar/grpc-kit.
 */
export {
  type Flag,
  flagLines,
  readFlags,
  readServiceFlags,
  type ServiceFlags,
  type Serving,
} from './flags.js';
export { runService, type ServiceProcess, type ServiceProgram } from './run-service.js';
