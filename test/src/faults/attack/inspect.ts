/** What can be learned of a server before it is attacked: which services it has, and whether it wants a token. */
import {
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
import { openSession } from '@soar/grpc-kit/testing';
import { status as Code } from './status-codes.js';
import { HEALTH_CHECK, honestCall, type Target } from './target.js';

const SERVICES: readonly DescService[] = [
  VerifierService,
  TrainerService,
  TrainerStatusService,
  TeacherService,
  MetaRewardService,
  CoordinatorService,
  ComparisonService,
  SweepService,
];

/** Methods that take an empty message and change nothing. */
const HARMLESS = ['ListDomains', 'ListTrainingRuns', 'GetTrainerStatus', 'ListRuns', 'ListLedger'];

/** Asks the server. Throws UserError if it does not answer. */
export async function inspect(
  given: Pick<Target, 'address' | 'tls' | 'token' | 'roles' | 'pid'>,
): Promise<Target> {
  (await openSession(given)).destroy();
  const { token: _, ...stranger } = given;
  const methods: string[] = [];
  let requiresToken = false;
  for (const service of SERVICES) {
    if ((await honestCall(stranger, HEALTH_CHECK, healthRequest(service.typeName))) !== Code.OK) continue;
    const paths = service.methods.map(({ name }) => `/${service.typeName}/${name}`);
    // An empty message is refused by most methods, but only after the token. The port for probes has none of them.
    const answer = await honestCall(stranger, paths.find(isHarmless) ?? paths[0]!);
    if (answer === Code.UNIMPLEMENTED) continue;
    requiresToken ||= answer === Code.UNAUTHENTICATED;
    methods.push(...paths);
  }
  const harmless = methods.find(isHarmless);
  return { ...given, methods, requiresToken, ...(harmless === undefined ? {} : { harmless }) };
}

function isHarmless(path: string): boolean {
  return HARMLESS.includes(path.split('/')[2]!);
}

/** grpc.health.v1.HealthCheckRequest: the name is field 1. */
function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}
