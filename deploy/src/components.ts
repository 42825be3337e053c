/**
 * Optional parts of a deployment, each a kustomize component; they can be combined: certificates and tokens, trainers
 * on GPUs, everything on one node without database and bucket, traces. A component patches the workloads of the base
 * by name.
 */
import { type IEnvVar, type IVolume, type IVolumeMount, PersistentVolumeClaim } from 'kubernetes-models/v1';
import { type ComponentFiles, patching, patchOf } from './patches.js';
import { argumentsOf, GPU_IMAGE, SERVICE_NAMES, SERVICES, type ServiceName } from './services.js';
import { tracing } from './tracing.js';

const TLS_FOLDER = '/etc/soar/tls';
const TOKEN_FOLDER = '/etc/soar/token';
const DATA_FOLDER = '/data';
const DATA_CLAIM = 'soar-data';
/** Names of the Secrets: one per service with its certificate, one with the tokens of all (docs/deploying.md). */
const tlsSecretOf = (name: string): string => `${name}-tls`;
const TOKEN_SECRET = 'soar-token';

/** mTLS and a bearer token for every call; plain text is refused. */
function mtls(): ComponentFiles {
  const at = (file: string): string => `${TLS_FOLDER}/${file}`;
  const env: readonly IEnvVar[] = [
    { name: 'SOAR_TLS_CERT', value: at('tls.crt') },
    { name: 'SOAR_TLS_KEY', value: at('tls.key') },
    { name: 'SOAR_TLS_CLIENT_CA', value: at('ca.crt') },
    { name: 'SOAR_TLS_CA', value: at('ca.crt') },
    { name: 'SOAR_TLS_CLIENT_CERT', value: at('tls.crt') },
    { name: 'SOAR_TLS_CLIENT_KEY', value: at('tls.key') },
    { name: 'SOAR_TOKEN_FILE', value: `${TOKEN_FOLDER}/token` },
  ];
  const volumeMounts: readonly IVolumeMount[] = [
    { name: 'tls', mountPath: TLS_FOLDER, readOnly: true },
    { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true },
  ];
  const volumesOf = (name: ServiceName): readonly IVolume[] => [
    { name: 'tls', secret: { secretName: tlsSecretOf(name), defaultMode: 0o440 } },
    { name: 'token', secret: { secretName: TOKEN_SECRET, defaultMode: 0o440 } },
  ];
  return patching(
    SERVICE_NAMES.map((name) =>
      patchOf(
        name,
        { args: argumentsOf(name, { insecure: false }), env, volumeMounts },
        { volumes: volumesOf(name) },
      ),
    ),
  );
}

/** Trainers on a GPU each, from the image's target `gpu`. */
function gpu(): ComponentFiles {
  const gpus = { 'nvidia.com/gpu': '1' };
  const env = [{ name: 'SOAR_PROVIDER', value: 'cuda' }];
  return patching([
    patchOf(
      'trainer',
      { image: GPU_IMAGE, env, resources: { requests: gpus, limits: gpus } },
      { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }] },
      // A rolling update would deadlock: the new pod waits for the GPU of the old one, which waits for the new pod.
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
    ),
  ]);
}

/** All data on one volume of one node: SQLite and a folder instead of a database and a bucket. */
function singleNode(): ComponentFiles {
  const claim = new PersistentVolumeClaim({
    metadata: { name: DATA_CLAIM },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
  });
  const alone = { replicas: 1 };
  // The new process cannot open the database while the old one has it open.
  const replaced = { ...alone, strategy: { type: 'Recreate' } };
  const specs: Partial<Record<ServiceName, object>> = {
    coordinator: alone,
    metareward: replaced,
    trainer: alone,
  };
  const patches = SERVICE_NAMES.filter((name) => SERVICES[name].keeps.length > 0).map((name) => {
    const { keeps } = SERVICES[name];
    return patchOf(
      name,
      {
        env: [
          ...(keeps.includes('store') ? [{ name: 'SOAR_STORE', value: DATA_FOLDER, valueFrom: null }] : []),
          ...(keeps.includes('artifacts') ? [{ name: 'SOAR_ARTIFACTS', value: DATA_FOLDER }] : []),
        ],
        volumeMounts: [{ name: 'data', mountPath: DATA_FOLDER }],
      },
      { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: DATA_CLAIM } }] },
      specs[name],
    );
  });
  return patching(patches, { 'data.yaml': [claim] });
}

/** The components by name. `collectorConfig`: text of deploy/collector.yaml. */
export function components(collectorConfig: string): Readonly<Record<string, ComponentFiles>> {
  return { mtls: mtls(), gpu: gpu(), 'single-node': singleNode(), tracing: tracing(collectorConfig) };
}
