/**
 * The five services in a cluster: port, dependencies, storage and resource requests. Workloads, Services and network
 * policies are generated from this table; tests compare it with the services' own flags and with ARCHITECTURE.md.
 */
export interface ServiceSpec {
  readonly port: number;
  /** Services that it calls; the address of each is a flag of that name. */
  readonly calls: readonly ServiceName[];
  /** The stores that it uses, by flag: --store (runs, ledger) and --artifacts. */
  readonly keeps: readonly ('store' | 'artifacts')[];
  /**
   * Initial number of pods. Trainers and verifiers can be scaled with the load; one coordinator is active, the others
   * are on standby.
   */
  readonly replicas: number;
  /** Additional flags. */
  readonly flags: readonly string[];
  /** Requested cores and memory; the memory is also the limit. */
  readonly cpu: string;
  readonly memory: string;
}

export type ServiceName = 'verifier' | 'trainer' | 'teacher' | 'metareward' | 'coordinator';

/** Cores of a trainer: as many workers of one thread. The default would count the cores of the whole node. */
const TRAINER_CORES = 2;

export const SERVICES: Readonly<Record<ServiceName, ServiceSpec>> = {
  verifier: {
    port: 7101,
    calls: [],
    keeps: [],
    replicas: 2,
    flags: ['--workers=1'],
    cpu: '1',
    memory: '1Gi',
  },
  trainer: {
    port: 7102,
    calls: ['verifier'],
    keeps: ['artifacts'],
    replicas: 2,
    // Three quarters of the memory for models; the rest is for Node and requests.
    flags: [`--workers=${TRAINER_CORES}`, '--threads=1', '--memory=3GiB'],
    cpu: String(TRAINER_CORES),
    memory: '4Gi',
  },
  teacher: {
    port: 7103,
    calls: ['trainer', 'verifier'],
    keeps: [],
    replicas: 1,
    flags: [],
    cpu: '100m',
    memory: '512Mi',
  },
  metareward: {
    port: 7104,
    calls: [],
    keeps: ['store'],
    replicas: 1,
    flags: [],
    cpu: '100m',
    memory: '512Mi',
  },
  coordinator: {
    port: 7105,
    calls: ['teacher', 'trainer', 'metareward'],
    keeps: ['store', 'artifacts'],
    replicas: 2,
    flags: [],
    cpu: '250m',
    memory: '1Gi',
  },
};

export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

/** Port on which every pod serves only health, in plain text, for the kubelet. */
export const HEALTH_PORT = 7100;

/**
 * Images of the services, and of the trainer with CUDA or with what WebGPU needs, as they are built. A digest is made
 * when an image is pushed: an overlay names it with Kustomize's `images` (docs/deploying.md).
 */
export const IMAGE = 'soar:0.2.0';
export const GPU_IMAGE = 'soar-gpu:0.2.0';
export const WEBGPU_IMAGE = 'soar-webgpu:0.2.0';

/** Address of all ready pods of a service, for those that call it. */
export function addressOf(name: ServiceName): string {
  return `dns:///${name}:${SERVICES[name].port}`;
}

/**
 * Arguments of the image that start a service. `insecure`: plain text, protected only by the network policies;
 * without it the environment must name the certificates.
 */
export function argumentsOf(name: ServiceName, options: { readonly insecure: boolean }): string[] {
  const { port, calls, flags } = SERVICES[name];
  return [
    `services/${name}/dist/main.js`,
    `--listen=0.0.0.0:${port}`,
    `--health=0.0.0.0:${HEALTH_PORT}`,
    ...(options.insecure ? ['--insecure'] : []),
    ...calls.map((called) => `--${called}=${addressOf(called)}`),
    ...flags,
  ];
}
