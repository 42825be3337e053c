#!/usr/bin/env node
/** Metareward's process: settings, ledger, server. */
import { runService } from '@soar/grpc-kit';
import { openSqliteLedger } from '@soar/store';
import { join } from 'node:path';
import { readConfig } from './config.js';
import { RewardLedger } from './ledger.js';
import { metaRewardRoutes } from './routes.js';

await runService('metareward', () => {
  const { serving, store } = readConfig(process.argv.slice(2));
  const ledger = openSqliteLedger(join(store, 'metareward.sqlite'));
  return {
    ...serving,
    services: [metaRewardRoutes(new RewardLedger(ledger))],
    close: () => ledger.close(),
  };
});
