/**
 * The services behind the gateway: for each its address, the services of the contracts that it speaks, and clients of
 * them. A call is made once: whoever called decides whether to repeat it.
 */
import {
  BuildService,
  ComparisonService,
  CoordinatorService,
  type DescService,
  MetaRewardService,
  SweepService,
  TeacherService,
  TrainerService,
  TrainerStatusService,
  VerifierService,
} from '@soar/contracts';
import { type CallCredentials, type Client, createClient } from '@soar/grpc-kit';

/** In order of their ports. */
export const BACKENDS = [
  { name: 'verifier', port: 7101, services: [VerifierService] },
  { name: 'trainer', port: 7102, services: [TrainerService, TrainerStatusService] },
  { name: 'teacher', port: 7103, services: [TeacherService] },
  { name: 'metareward', port: 7104, services: [MetaRewardService] },
  { name: 'coordinator', port: 7105, services: [CoordinatorService, ComparisonService, SweepService] },
] as const satisfies readonly { name: string; port: number; services: readonly DescService[] }[];

export type BackendName = (typeof BACKENDS)[number]['name'];
export type Addresses = Readonly<Partial<Record<BackendName, string>>>;

/** A service that is served, with a client of it. */
export interface Served {
  readonly backend: BackendName;
  readonly desc: DescService;
  /** Its path begins with the name of the backend, because every backend has this service: /trainer/soar.build... */
  readonly isOfEach: boolean;
  readonly client: Client<DescService>;
}

export class Backends {
  readonly served: readonly Served[];

  /** Throws UserError for an address that cannot be used. */
  constructor(addresses: Addresses, credentials: CallCredentials, deadlineMs: number) {
    const options = { credentials, deadlineMs, attemptsMax: 1 };
    this.served = BACKENDS.flatMap(({ name, services }): Served[] => {
      const address = addresses[name];
      if (address === undefined) return [];
      const of = (desc: DescService, isOfEach: boolean): Served => ({
        backend: name,
        desc,
        isOfEach,
        client: createClient(desc, address, options),
      });
      return [...services.map((desc: DescService) => of(desc, false)), of(BuildService, true)];
    });
  }

  /** The client of a service; undefined where the gateway was started without its backend. */
  client<S extends DescService>(desc: S): Client<S> | undefined {
    return this.served.find((each) => each.desc === desc && !each.isOfEach)?.client as Client<S> | undefined;
  }

  /** The same of the service that every backend has. */
  buildOf(backend: BackendName): Client<typeof BuildService> | undefined {
    const found = this.served.find((each) => each.backend === backend && each.isOfEach);
    return found?.client as Client<typeof BuildService> | undefined;
  }

  close(): void {
    for (const { client } of this.served) client.close();
  }
}
