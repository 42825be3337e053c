/**
 * The pods of the services, under the `restricted` pod security standard: they can write only to /tmp and a cache,
 * and no process is or becomes root. The coordinator is a StatefulSet, so that pods have stable names, which appear
 * in logs and as holders of the lease. It needs no volume: its state is in the database.
 *
 * Calls inside the namespace are plain text, behind the network policies; the component `mtls` changes that. Source:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  type IContainer,
  type IPodSecurityContext,
  type IPodTemplateSpec,
  type ITopologySpreadConstraint,
  Service,
} from 'kubernetes-models/v1';
import { argumentsOf, HEALTH_PORT, IMAGE, SERVICES, type ServiceName } from './services.js';

/** User and group of the image (deploy/Containerfile). */
const USER = 1000;

/** Names of the ConfigMap with the settings, and of the Secrets that users make (docs/deploying.md). */
export const SETTINGS = 'soar';
const STORE_SECRET = 'soar-store';
const S3_SECRET = 'soar-s3';

/**
 * The cache of artifacts from the bucket, and its size. Beyond it the least recently used copies are evicted.
 */
const CACHE_FOLDER = '/var/cache/soar';
const CACHE_GIB = 16;

/** Labels that select the pods of one service. */
export function labelsOf(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'soar' };
}

/** Security context of every container: no privileges. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Security context of every pod. The group may read mounted Secrets. */
export const POD_SECURITY: IPodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Pods of one name go to different nodes where they can. */
export function spreadOf(name: string): ITopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labelsOf(name) },
  };
}

/** All objects of one service: its workload, its headless Service and its disruption budget. */
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
          // In parallel: no pod waits for another one to be ready.
          spec: { ...common, serviceName: name, podManagementPolicy: 'Parallel' },
        })
      : new Deployment({ metadata, spec: common }),
    headless(name),
    // One at a time, so that draining nodes evicts neither all trainers nor a coordinator together with its standby.
    new PodDisruptionBudget({ metadata, spec: { maxUnavailable: 1, selector } }),
  ];
}

/**
 * Headless: the name resolves to every ready pod. A virtual IP would pin each HTTP/2 connection to one of them.
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
      // No pod uses the Kubernetes API, nor the environment variables that Kubernetes sets for Services.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: [spreadOf(name)],
      containers: [containerOf(name)],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
        // The cache may exceed its bound by what is in use.
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
            // Not needed if the cluster itself grants pods access to the bucket.
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
 * A coordinator on standby is alive, but its service is NOT_SERVING. It counts as ready, because otherwise a rolling
 * update would wait for it forever.
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
