/**
 * What grpc-js prints by itself. Every error of a call or a server reaches its caller here, so grpc-js's own lines on
 * standard error would say it twice; GRPC_VERBOSITY (with GRPC_TRACE) brings them back.
 */
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';

/** Silences grpc-js unless the environment asks for its log. */
export function quietGrpc(env: NodeJS.ProcessEnv = process.env): void {
  if ((env['GRPC_VERBOSITY'] ?? '') === '') setLogVerbosity(logVerbosity.NONE);
}
