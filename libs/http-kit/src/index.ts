/**
 * HTTP for the programs that serve it (the live page, the gateway): a server with bounds on everything, certificates
 * that follow their files, a check of the Host header, and answers. But for the endpoint of metrics
 * (@soar/telemetry) the only importer of node:http and node:https. Not here: what is served, and who may ask for it.
 */
export { type Answer, json, send, statusOf } from './answer.js';
export { readBody } from './body.js';
export { type HttpServerOptions, type RunningHttpServer, startHttpServer } from './server.js';
export type { IncomingMessage, ServerResponse } from 'node:http';
