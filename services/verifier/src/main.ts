#!/usr/bin/env node
/** The verifier's process: settings, grading processes, server. */
import { openCallCredentials } from '@soar/grpc-kit';
import { DomainService } from '@soar/domain-services';
import * as domains from '@soar/domains';
import { runService } from '@soar/service-process';
import { readConfig } from './config.js';
import { GradingPool } from './grading-pool.js';
import { OtherDomains } from './other-domains.js';
import { verifierRoutes } from './routes.js';

await runService('verifier', async ({ log }) => {
  const { serving, calling, workers, domainsFrom } = readConfig(process.argv.slice(2));
  const pool = new GradingPool({ workers, log });
  await pool.start();
  const service =
    domainsFrom === undefined
      ? undefined
      : new DomainService(domainsFrom, { credentials: openCallCredentials(calling, { log }) });
  return {
    ...serving,
    services: [verifierRoutes(pool, domains, service && new OtherDomains(service, log))],
    close: async () => {
      service?.close();
      await pool.close();
    },
  };
});
