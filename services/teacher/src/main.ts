#!/usr/bin/env node
/** The teacher's process: settings, clients of trainer and verifier, server. */
import { runService } from '@soar/grpc-kit';
import { connect } from './callees.js';
import { readConfig } from './config.js';
import { teacherRoutes } from './routes.js';

await runService('teacher', () => {
  const { listen, trainer, verifier, insecure, exitWithParent } = readConfig(process.argv.slice(2));
  const callees = connect({ trainer, verifier });
  return {
    listen,
    insecure,
    exitWithParent,
    services: [teacherRoutes(callees)],
    close: () => callees.close(),
  };
});
