#!/usr/bin/env node
/** Metareward's process: settings, ledger, server. */
import { runService } from '@soar/service-process';
import { openLedger } from '@soar/store';
import { readConfig } from './config.js';
import { RewardLedger } from './ledger.js';
import { metaRewardRoutes } from './routes.js';

await runService('metareward', async () => {
  const { serving, store } = readConfig(process.argv.slice(2));
  const ledger = await openLedger(store);
  return {
    ...serving,
    services: [metaRewardRoutes(new RewardLedger(ledger))],
    close: () => ledger.close(),
  };
});
