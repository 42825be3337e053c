/**
 * The log of grpc-js. Every error already reaches the caller, so grpc-js's own lines on standard error would only
 * repeat it. GRPC_VERBOSITY (with GRPC_TRACE) turns them on.
 */
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';

/** Silences grpc-js unless GRPC_VERBOSITY is set. */
export function quietGrpc(env: NodeJS.ProcessEnv = process.env): void {
  if ((env['GRPC_VERBOSITY'] ?? '') === '') setLogVerbosity(logVerbosity.NONE);
}
