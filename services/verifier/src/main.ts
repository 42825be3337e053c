#!/usr/bin/env node
/** The verifier's process: settings, grading processes, server. */
import * as domains from '@soar/domains';
import { runService } from '@soar/service-process';
import { readConfig } from './config.js';
import { GradingPool } from './grading-pool.js';
import { verifierRoutes } from './routes.js';

await runService('verifier', async ({ log }) => {
  const { serving, workers } = readConfig(process.argv.slice(2));
  const pool = new GradingPool({ workers, log });
  await pool.start();
  return {
    ...serving,
    services: [verifierRoutes(pool, domains)],
    close: () => pool.close(),
  };
});
