/**
 * The five services as a cluster runs them: port, whom each calls, what it keeps, how much of a machine it asks for.
 * Workloads, Services and network policies are made of this table; tests hold it against the services' own flags and
 * ARCHITECTURE.md.
 */
export interface ServiceSpec {
  readonly port: number;
  /** Services that it calls; it takes the address of each as a flag of that name. */
  readonly calls: readonly ServiceName[];
  /** What it keeps, and where that is: the flags --store (runs, ledger) and --artifacts. */
  readonly keeps: readonly ('store' | 'artifacts')[];
  /**
   * Pods to begin with. Trainers and verifiers are added as the work asks for; of coordinators one works, others stand
   * by.
   */
  readonly replicas: number;
  /** Flags of its own. */
  readonly flags: readonly string[];
  /** Cores and memory that it asks for; memory is its limit as well. */
  readonly cpu: string;
  readonly memory: string;
}

export type ServiceName = 'verifier' | 'trainer' | 'teacher' | 'metareward' | 'coordinator';

/** Workers of a trainer: as many as it asks for cores, since a container sees those of the whole machine. */
const TRAINER_WORKERS = 2;

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
    // Three quarters of its memory for models; what remains is Node's and the requests'.
    flags: [`--workers=${TRAINER_WORKERS}`, '--memory-mib=3072'],
    cpu: String(TRAINER_WORKERS),
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

/** Where every pod serves health alone, in plain text, for the kubelet. */
export const HEALTH_PORT = 7100;

/** Image of the services, which kustomize's `images` can send to a registry, and of the trainer with CUDA. */
export const IMAGE = 'soar:0.1.0';
export const GPU_IMAGE = 'soar-gpu:0.1.0';

/**
 * Arguments of the image that start a service. `insecure`: plain text, which the network policies alone guard; without
 * it the service wants its certificates from the environment.
 */
export function argumentsOf(name: ServiceName, options: { readonly insecure: boolean }): string[] {
  const { port, calls, flags } = SERVICES[name];
  return [
    `services/${name}/dist/main.js`,
    `--listen=0.0.0.0:${port}`,
    `--health=0.0.0.0:${HEALTH_PORT}`,
    ...(options.insecure ? ['--insecure'] : []),
    ...calls.map((callee) => `--${callee}=dns:///${callee}:${SERVICES[callee].port}`),
    ...flags,
  ];
}
