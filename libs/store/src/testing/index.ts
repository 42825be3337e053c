/** What other packages' tests use of this one's: a PostgreSQL server of their own, and ports that stay free. */
export { freePort } from './free-port.js';
export { PostgresServer, withoutPostgres } from './postgres-server.js';
