#!/usr/bin/env node
/** The dashboard's process: settings, clients, the server of the live page. */
import { openCallCredentials } from '@soar/grpc-kit';
import { runService } from '@soar/service-process';
import { readConfig } from './config.js';
import { startDashboard } from './dashboard.js';

await runService('dashboard', ({ log }) => {
  const { exitWithParent, ...config } = readConfig(process.argv.slice(2));
  const credentials = openCallCredentials(config.calling, { log });
  return {
    listen: config.listen,
    exitWithParent,
    serve: () => startDashboard({ ...config, credentials, log }),
    close: () => credentials.close(),
  };
});
