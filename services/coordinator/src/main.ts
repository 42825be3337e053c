#!/usr/bin/env node
/** The coordinator's process: settings, store, connections, server. It resumes at once whatever was left RUNNING. */
import { BuildSchema, create } from '@soar/contracts';
import { openCallCredentials } from '@soar/grpc-kit';
import { runService } from '@soar/service-process';
import { openArtifactStore, openRunDatabase } from '@soar/store';
import { hostname } from 'node:os';
import { readConfig } from './config.js';
import { connect } from './clients/connections.js';
import { CALL_BOUNDS } from './clients/grpc-services.js';
import { Coordinator } from './coordinator.js';
import { holdLease } from './resources/lease.js';

await runService('coordinator', async ({ log, signal, build }) => {
  const config = readConfig(process.argv.slice(2));
  const store = await openArtifactStore(config.artifacts);
  const database = await openRunDatabase(config.store);
  const connections = connect(config, openCallCredentials(config.calling, { log }));
  const coordinator = new Coordinator({
    build: create(BuildSchema, await build()),
    database,
    connections,
    bounds: { ...CALL_BOUNDS, unavailableMs: 1000 * config.unavailableSeconds },
    store,
    fanOutMax: config.fanOutMax,
    log,
  });
  // On the signal, before the drain: work that is finished during the drain would be discarded.
  signal.addEventListener('abort', () => void coordinator.stop(), { once: true });
  const holder = `the coordinator on ${hostname()} with process id ${process.pid}`;
  return {
    ...config.serving,
    beforeListen: () =>
      holdLease({
        database,
        resources: coordinator,
        tokenAbove: () => store.highestIssued(),
        holder,
        signal,
        log,
      }),
    services: coordinator.services,
    close: async () => {
      await coordinator.stop();
      connections.close();
      await database.close();
    },
  };
});
