/** Connections to the services that a coordinator calls, shared by all of its runs and comparisons. */
import {
  BuildService,
  MetaRewardService,
  TeacherService,
  TrainerService,
  type UsedBuild,
} from '@soar/contracts';
import {
  askBuild,
  askBuilds,
  type CallCredentials,
  type CallOptions,
  type Client,
  createClient,
  ReplicaPool,
} from '@soar/grpc-kit';

/** Addresses of the services that a coordinator calls. */
export interface ServiceAddresses {
  readonly teacher: string;
  /** Of all replicas. */
  readonly trainer: string;
  readonly metareward: string;
}

/** Open connections, shared by all runs of a coordinator. */
export interface Connections {
  readonly teacher: Client<typeof TeacherService>;
  readonly trainers: ReplicaPool<typeof TrainerService>;
  readonly metareward: Client<typeof MetaRewardService>;
  /** The builds of all of them, every trainer that is up included, and of what they call. */
  builds(options: CallOptions): Promise<UsedBuild[]>;
  close(): void;
}

/**
 * Clients, which connect on their first call. `credentials`: default plain text. Calls of trainers are retried here
 * alone, where it is seen how often a trainer was lost.
 */
export function connect(addresses: ServiceAddresses, credentials?: CallCredentials): Connections {
  const teacher = createClient(TeacherService, addresses.teacher, { credentials });
  const trainers = new ReplicaPool(TrainerService, addresses.trainer, { credentials, attemptsMax: 1 });
  const metareward = createClient(MetaRewardService, addresses.metareward, { credentials });
  const asked = {
    teacher: createClient(BuildService, addresses.teacher, { credentials }),
    trainers: new ReplicaPool(BuildService, addresses.trainer, { credentials }),
    metareward: createClient(BuildService, addresses.metareward, { credentials }),
  };
  return {
    teacher,
    trainers,
    metareward,
    builds: async (options) => {
      const builds = await Promise.all([
        askBuild(asked.teacher, 'teacher', options),
        askBuilds(asked.trainers, 'trainer', options),
        askBuild(asked.metareward, 'metareward', options),
      ]);
      return builds.flat();
    },
    close: () => [teacher, trainers, metareward, ...Object.values(asked)].forEach((client) => client.close()),
  };
}
