/** Test support for other packages: servers, and ports that stay free. */
export { freePort } from './free-port.js';
export { PostgresServer, withoutPostgres } from './postgres-server.js';
export { ACCESS_KEY, S3Server } from './s3-server.js';
export { hostileKeys } from './hostile-keys.js';
