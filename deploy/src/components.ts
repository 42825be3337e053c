/**
 * Optional parts of a deployment, each a kustomize component; they can be combined: certificates and tokens, trainers
 * on GPUs, everything on one node without database and bucket, traces, the gateway. A component
 * patches the workloads of the base by name.
 */
import { type IEnvVar, PersistentVolumeClaim } from 'kubernetes-models/v1';
import { gateway, securedGateway } from './gateway.js';
import { type ComponentFiles, patching, patchOf } from './patches.js';
import { secured } from './security.js';
import { GPU_IMAGE, SERVICE_NAMES, SERVICES, WEBGPU_IMAGE, type ServiceName } from './services.js';
import { tracing } from './tracing.js';

const DATA_FOLDER = '/data';
const DATA_CLAIM = 'soar-data';
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
    gateway: gateway(),
    'gateway-tokens': securedGateway({ tls: false }),
    'gateway-mtls': securedGateway({ tls: true }),
  };
}
