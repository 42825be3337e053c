#!/usr/bin/env node
/** The gateway's process: settings, clients, the server of HTTP. */
import { runService } from '@soar/service-process';
import { readConfig } from './config.js';
import { startGateway } from './gateway.js';

await runService('gateway', ({ log }) => {
  const { exitWithParent, ...config } = readConfig(process.argv.slice(2));
  return { listen: config.listen, exitWithParent, serve: () => startGateway({ ...config, log }) };
});
