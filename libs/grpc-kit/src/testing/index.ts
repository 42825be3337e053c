/** For tests of other packages: clients without a network, and a service with all four kinds of call. */
export { Echo, problem } from './echo.js';
export { type InProcessCall, inProcessClient, type Transport } from './in-process.js';
export { type Role, ROLES, rolesOf } from '../security/access.js';
export { beginCall, openSession, partOfMessage, type RawCall, type RawServer, send } from './raw-calls.js';
