/** A gateway in this process, for tests. */
import type { TestContext } from 'node:test';
import { readConfig } from '../config.js';
import { type GatewayOptions, startGateway } from '../gateway.js';

/** Its address. `flags`: as on the command line. */
export async function runningGateway(
  t: TestContext,
  flags: readonly string[],
  more: Partial<GatewayOptions> = {},
): Promise<string> {
  const { exitWithParent: _, ...config } = readConfig(['--listen', '127.0.0.1:0', ...flags], {});
  const gateway = await startGateway({ ...config, log: () => undefined, ...more });
  t.after(() => gateway.stop());
  return gateway.address;
}
