#!/usr/bin/env node
/** The coordinator's process: settings, store, connections, server. Runs that were left RUNNING go on at once. */
import { openCallCredentials } from '@soar/grpc-kit';
import { runService } from '@soar/service-process';
import { openArtifactStore, openRunDatabase } from '@soar/store';
import { hostname } from 'node:os';
import { readConfig } from './config.js';
import { CALL_BOUNDS, connect } from './clients/grpc-services.js';
import { coordinatorRoutes } from './routes.js';
import { RunRecords } from './runs/run-records.js';
import { Runs } from './runs/runs.js';
import { holdLease } from './runs/lease.js';

await runService('coordinator', async ({ log, signal }) => {
  const config = readConfig(process.argv.slice(2));
  const store = await openArtifactStore(config.artifacts);
  const database = await openRunDatabase(config.store);
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
  const holder = `the coordinator on ${hostname()} with process id ${process.pid}`;
  return {
    ...config.serving,
    beforeListen: () => holdLease({ database, runs, holder, signal, log }),
    services: [coordinatorRoutes(runs)],
    close: async () => {
      await runs.stop();
      connections.close();
      await database.close();
    },
  };
});
