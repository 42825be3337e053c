/** A verifier on a free port of this process, with a client, for tests. */
import { VerifierService } from '@soar/contracts';
import { createClient, startServer, type Client } from '@soar/grpc-kit';
import { GradingPool, type PoolOptions } from '../grading-pool.js';
import type { Domains, OtherDomains } from '../other-domains.js';
import { verifierRoutes } from '../routes.js';

export interface RunningVerifier {
  readonly client: Client<typeof VerifierService>;
  readonly address: string;
  stop(): Promise<void>;
}

export async function startVerifier(
  domains: Domains,
  options: Partial<PoolOptions>,
  others?: OtherDomains,
): Promise<RunningVerifier> {
  const pool = new GradingPool({ workers: 1, ...options });
  await pool.start();
  const server = await startServer({
    listen: '127.0.0.1:0',
    services: [verifierRoutes(pool, domains, others)],
  });
  const client = createClient(VerifierService, server.address);
  return {
    client,
    address: server.address,
    async stop() {
      client.close();
      await server.stop();
      await pool.close();
    },
  };
}
