#!/usr/bin/env node
/** The coordinator's process: settings, journal, connections, server. Runs that were left RUNNING go on at once. */
import { openCallCredentials, runService } from '@soar/grpc-kit';
import { openArtifactStore, openSqliteJournal } from '@soar/store';
import { join } from 'node:path';
import { readConfig } from './config.js';
import { CALL_BOUNDS, connect } from './grpc-services.js';
import { coordinatorRoutes } from './routes.js';
import { RunRecords } from './run-records.js';
import { Runs } from './runs.js';

await runService('coordinator', async ({ log, signal }) => {
  const config = readConfig(process.argv.slice(2));
  const store = await openArtifactStore(config.artifacts);
  const database = openSqliteJournal(join(config.store, 'coordinator.sqlite'));
  const connections = connect(config, openCallCredentials(config.calling, { log }));
  const runs = new Runs({
    records: new RunRecords(database),
    connections,
    bounds: { ...CALL_BOUNDS, unavailableMs: 1000 * config.unavailableSeconds },
    store,
    fanOutMax: config.fanOutMax,
    log,
  });
  // As soon as the process is asked to end: what runs do in the drain would only be thrown away.
  signal.addEventListener('abort', () => void runs.stop(), { once: true });
  await runs.resumeAll();
  return {
    ...config.serving,
    services: [coordinatorRoutes(runs)],
    close: async () => {
      await runs.stop();
      connections.close();
      database.close();
    },
  };
});
