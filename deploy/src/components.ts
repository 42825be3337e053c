/**
 * Optional parts of a deployment, each a kustomize component; they can be combined: certificates and tokens, trainers
 * on GPUs, everything on one node without database and bucket, traces. A component patches the workloads of the base
 * by name.
 */
import { type IEnvVar, type IVolume, type IVolumeMount, PersistentVolumeClaim } from 'kubernetes-models/v1';
import { type ComponentFiles, patching, patchOf } from './patches.js';
import {
  argumentsOf,
  GPU_IMAGE,
  SERVICE_NAMES,
  SERVICES,
  WEBGPU_IMAGE,
  type ServiceName,
} from './services.js';
import { tracing } from './tracing.js';

const TLS_FOLDER = '/etc/soar/tls';
const TOKEN_FOLDER = '/etc/soar/token';
const CALLERS_FOLDER = '/etc/soar/callers';
const DATA_FOLDER = '/data';
const DATA_CLAIM = 'soar-data';
/**
 * Names of the Secrets: of each service with its certificate, of each that calls others with the token that it shows,
 * and one with the callers of all and their roles (docs/deploying.md).
 */
const tlsSecretOf = (name: string): string => `${name}-tls`;
const tokenSecretOf = (name: string): string => `${name}-token`;
const CALLERS_SECRET = 'soar-callers';

/** A token and a role for every caller; with `tls` certificates too, and plain text is refused. */
function secured({ tls }: { readonly tls: boolean }): ComponentFiles {
  const at = (file: string): string => `${TLS_FOLDER}/${file}`;
  const calls = (name: ServiceName): boolean => SERVICES[name].calls.length > 0;
  const certificates: readonly IEnvVar[] = [
    { name: 'SOAR_TLS_CERT', value: at('tls.crt') },
    { name: 'SOAR_TLS_KEY', value: at('tls.key') },
    { name: 'SOAR_TLS_CLIENT_CA', value: at('ca.crt') },
    { name: 'SOAR_TLS_CA', value: at('ca.crt') },
    { name: 'SOAR_TLS_CLIENT_CERT', value: at('tls.crt') },
    { name: 'SOAR_TLS_CLIENT_KEY', value: at('tls.key') },
  ];
  const envOf = (name: ServiceName): readonly IEnvVar[] => [
    ...(tls ? certificates : []),
    { name: 'SOAR_CALLERS_FILE', value: `${CALLERS_FOLDER}/callers` },
    ...(calls(name) ? [{ name: 'SOAR_TOKEN_FILE', value: `${TOKEN_FOLDER}/token` }] : []),
  ];
  const volumeMountsOf = (name: ServiceName): readonly IVolumeMount[] => [
    ...(tls ? [{ name: 'tls', mountPath: TLS_FOLDER, readOnly: true }] : []),
    { name: 'callers', mountPath: CALLERS_FOLDER, readOnly: true },
    ...(calls(name) ? [{ name: 'token', mountPath: TOKEN_FOLDER, readOnly: true }] : []),
  ];
  const secret = (volume: string, secretName: string): IVolume => ({
    name: volume,
    secret: { secretName, defaultMode: 0o440 },
  });
  const volumesOf = (name: ServiceName): readonly IVolume[] => [
    ...(tls ? [secret('tls', tlsSecretOf(name))] : []),
    secret('callers', CALLERS_SECRET),
    ...(calls(name) ? [secret('token', tokenSecretOf(name))] : []),
  ];
  return patching(
    SERVICE_NAMES.map((name) =>
      patchOf(
        name,
        {
          args: argumentsOf(name, { insecure: !tls }),
          env: envOf(name),
          volumeMounts: volumeMountsOf(name),
        },
        { volumes: volumesOf(name) },
      ),
    ),
  );
}

/** Trainers on a GPU each, which is the only one that a pod sees. */
function gpu(image: string, env: readonly IEnvVar[]): ComponentFiles {
  const gpus = { 'nvidia.com/gpu': '1' };
  return patching([
    patchOf(
      'trainer',
      { image, env, resources: { requests: gpus, limits: gpus } },
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
  return {
    mtls: secured({ tls: true }),
    tokens: secured({ tls: false }),
    gpu: gpu(GPU_IMAGE, [{ name: 'SOAR_PROVIDER', value: 'cuda' }]),
    webgpu: gpu(WEBGPU_IMAGE, [
      { name: 'SOAR_PROVIDER', value: 'webgpu' },
      // What a pod gets of the maker's driver, Vulkan only when it is asked for.
      { name: 'NVIDIA_DRIVER_CAPABILITIES', value: 'compute,graphics,utility' },
    ]),
    'single-node': singleNode(),
    tracing: tracing(collectorConfig),
  };
}
