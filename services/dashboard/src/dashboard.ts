/** The dashboard: clients of the services, and the server of the page over them. */
import { createRequire } from 'node:module';
import type { CallCredentials } from '@soar/grpc-kit';
import type { RunningHttpServer } from '@soar/http-kit';
import type { Log } from '@soar/telemetry';
import { connect } from './clients.js';
import type { DashboardConfig } from './config.js';
import { EventStreams } from './http/event-stream.js';
import { startPageServer } from './http/page-server.js';
import { StaticFiles } from './http/static-files.js';
import { Visitors } from './http/visitors.js';
import { OverviewFeed } from './live/overview.js';
import { TrainerFeed } from './live/trainer-feed.js';
import { pageRoutes } from './routes.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export interface DashboardOptions extends Omit<DashboardConfig, 'calling' | 'exitWithParent'> {
  readonly credentials: CallCredentials;
  readonly log: Log;
}

/** Starts it. Throws UserError where it cannot listen. The coordinator need not be there yet. */
export async function startDashboard(options: DashboardOptions): Promise<RunningHttpServer> {
  const { log, coordinator, metareward, trainers, jaeger, allowControl } = options;
  const clients = connect(options, options.credentials);
  const visitors = new Visitors(options.pageTokenFile, options.tls !== undefined, log);
  const session = {
    version,
    coordinator,
    control: allowControl,
    ledger: metareward !== undefined,
    trainings: trainers.length > 0,
    completions: options.completions !== undefined,
    ...(jaeger === undefined ? {} : { jaeger }),
  };
  try {
    const page = await startPageServer({
      ...options,
      visitors,
      routes: pageRoutes({
        clients,
        visitors,
        files: new StaticFiles(),
        streams: new EventStreams(options.streamsMax),
        overview: new OverviewFeed(clients, log),
        trainers: new TrainerFeed(clients.trainerStatus),
        session,
        completions: options.completions,
        log,
      }),
    });
    return {
      address: page.address,
      stop: async () => {
        await page.stop();
        visitors.close();
        clients.close();
      },
    };
  } catch (error) {
    visitors.close();
    clients.close();
    throw error;
  }
}
