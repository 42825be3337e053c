/**
 * What the gateway answers: a list of routes, of which the first that matches a path handles the request. Who may call,
 * from which page, how many at a time and how much memory they hold has been decided before (gateway.ts).
 */
import type { UserError } from '@soar/core';
import type { Call } from './calls.js';

/**
 * A part of the gateway that answers some paths. To add one, put it before the last in the list of gateway.ts. A route
 * reads the body from `call.body`, ends its work on `call.signal`, and passes `call.headers` on with every call that it
 * makes (`CallOptions.headers`), so that the services see who calls.
 */
export interface Route {
  matches(path: string): boolean;
  /** Answers the request. A UserError that it throws is answered by `refuse`, any other error is a bug. */
  handle(call: Call): Promise<void>;
  /** Answers with an error, in the form that its callers know. The body may not have been read. */
  refuse(call: Call, error: UserError): Promise<void>;
}

export function routeOf(routes: readonly Route[], path: string): Route {
  // The last one matches everything.
  return routes.find((route) => route.matches(path)) ?? routes.at(-1)!;
}
