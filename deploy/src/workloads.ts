/**
 * The pods of the services. Nothing in them may write but to /tmp and a cache, no process is root, and none can become
 * it: the `restricted` pod security standard. The coordinator is a StatefulSet, so that its log and its claim name a
 * pod that keeps its name; it needs no volume, since everything it knows is in the database.
 *
 * Plain text inside the namespace, behind the network policies; the component `mtls` changes that. Source:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  type IContainer,
  type IPodSecurityContext,
  type IPodTemplateSpec,
  Service,
} from 'kubernetes-models/v1';
import { argumentsOf, HEALTH_PORT, IMAGE, SERVICES, type ServiceName } from './services.js';

/** User and group of the image (deploy/Containerfile). */
const USER = 1000;

/** Name of the ConfigMap with the settings, and of the Secrets that whoever deploys makes (docs/deploying.md). */
export const SETTINGS = 'soar';
const STORE_SECRET = 'soar-store';
const S3_SECRET = 'soar-s3';

/**
 * Where pods keep copies of what they read from the bucket, and how much of it before what was not used for long goes.
 */
const CACHE_FOLDER = '/var/cache/soar';
const CACHE_GIB = 16;

/** Labels that select the pods of one service. */
export function labelsOf(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'soar' };
}

/** What every container of ours may do: nothing beyond running. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** The same for a pod. The group may read mounted Secrets. */
export const POD_SECURITY: IPodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Everything of one service: its workload, its name in DNS, how many of it may be taken away at a time. */
export function workloadOf(
  name: ServiceName,
): readonly (Deployment | StatefulSet | Service | PodDisruptionBudget)[] {
  const { replicas } = SERVICES[name];
  const metadata = { name, labels: labelsOf(name) };
  const selector = { matchLabels: labelsOf(name) };
  const common = { replicas, selector, template: podOf(name) };
  return [
    name === 'coordinator'
      ? new StatefulSet({
          metadata,
          // Side by side: one that stands by must not wait for one that works.
          spec: { ...common, serviceName: name, podManagementPolicy: 'Parallel' },
        })
      : new Deployment({ metadata, spec: common }),
    headless(name),
    // One at a time, so that a drained node takes neither all trainers nor the coordinator and its stand-by.
    new PodDisruptionBudget({ metadata, spec: { maxUnavailable: 1, selector } }),
  ];
}

/**
 * Headless: a name that stands for every ready pod. A virtual address would pin each HTTP/2 connection to one of them.
 */
function headless(name: ServiceName): Service {
  const { port } = SERVICES[name];
  return new Service({
    metadata: { name, labels: labelsOf(name) },
    spec: {
      clusterIP: 'None',
      selector: labelsOf(name),
      ports: [{ name: 'grpc', port, targetPort: 'grpc' }],
    },
  });
}

function podOf(name: ServiceName): IPodTemplateSpec {
  return {
    metadata: { labels: labelsOf(name) },
    spec: {
      // None of them talks to the cluster, and its variables for Services are names of another convention.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labelsOf(name) },
        },
      ],
      containers: [containerOf(name)],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
        // Beyond its bound the cache may hold what is being read.
        ...(keepsArtifacts(name) ? [{ name: 'cache', emptyDir: { sizeLimit: `${CACHE_GIB + 8}Gi` } }] : []),
      ],
    },
  };
}

function containerOf(name: ServiceName): IContainer {
  const { port, keeps, cpu, memory } = SERVICES[name];
  const artifacts = keepsArtifacts(name);
  return {
    name,
    image: IMAGE,
    args: argumentsOf(name, { insecure: true }),
    env: [
      { name: 'SOAR_SERVICE', value: name },
      ...(keeps.includes('store')
        ? [{ name: 'SOAR_STORE', valueFrom: { secretKeyRef: { name: STORE_SECRET, key: 'SOAR_STORE' } } }]
        : []),
      ...(artifacts
        ? [
            { name: 'SOAR_S3_CACHE', value: CACHE_FOLDER },
            { name: 'SOAR_S3_CACHE_GIB', value: String(CACHE_GIB) },
          ]
        : []),
    ],
    ...(artifacts
      ? {
          envFrom: [
            { configMapRef: { name: SETTINGS } },
            // Absent where the cluster itself gives pods their right to the bucket.
            { secretRef: { name: S3_SECRET, optional: true } },
          ],
        }
      : {}),
    ports: [
      { name: 'grpc', containerPort: port },
      { name: 'health', containerPort: HEALTH_PORT },
    ],
    ...probesOf(name),
    resources: { requests: { cpu, memory }, limits: { memory } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(artifacts ? [{ name: 'cache', mountPath: CACHE_FOLDER }] : []),
    ],
  };
}

function keepsArtifacts(name: ServiceName): boolean {
  return SERVICES[name].keeps.includes('artifacts');
}

/**
 * A coordinator that stands by is alive, though its service is not: it counts as ready, or an upgrade would wait for
 * it.
 */
function probesOf(name: ServiceName): Pick<IContainer, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const alive = { grpc: { port: HEALTH_PORT } };
  const noun = name === 'metareward' ? 'MetaReward' : `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const service = `soar.${name}.v1.${noun}Service`;
  return {
    startupProbe: { ...alive, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: {
      ...(name === 'coordinator' ? alive : { grpc: { port: HEALTH_PORT, service } }),
      periodSeconds: 5,
      timeoutSeconds: 3,
    },
    livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  };
}
