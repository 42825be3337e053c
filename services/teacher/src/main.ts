#!/usr/bin/env node
/** The teacher's process: settings, clients of trainer and verifier, server. */
import { openCallCredentials } from '@soar/grpc-kit';
import { runService } from '@soar/service-process';
import { connect } from './clients.js';
import { readConfig } from './config.js';
import { teacherRoutes } from './routes.js';

await runService('teacher', ({ log }) => {
  const { serving, calling, trainer, verifier } = readConfig(process.argv.slice(2));
  const clients = connect({ trainer, verifier }, openCallCredentials(calling, { log }));
  return {
    ...serving,
    services: [teacherRoutes(clients)],
    uses: (parent) => clients.builds(parent),
    close: () => clients.close(),
  };
});
