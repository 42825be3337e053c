/**
 * Generates everything under deploy/kubernetes/ from the tables in this folder. The files are committed, so that they
 * can be read and applied without Node; a test compares them with this source.
 */
import { Namespace, ConfigMap } from 'kubernetes-models/v1';
import { stringify } from 'yaml';
import { components } from './components.js';
import { kustomization } from './kustomize.js';
import { networkPolicies } from './network.js';
import { SERVICE_NAMES } from './services.js';
import { SETTINGS, workloadOf } from './workloads.js';

const HEAD = '# Made by `npm run manifests` from deploy/src; a test compares.\n';
const NAMESPACE = 'soar';
/** Components without which one cannot stand, in an overlay that shows it. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'gateway-tokens': ['tokens'],
  'gateway-mtls': ['mtls'],
};

/**
 * Texts by path below deploy/kubernetes. `collectorConfig`: text of deploy/collector.yaml. Throws when an object does
 * not conform to its schema.
 */
export function manifests(collectorConfig: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const base: Readonly<Record<string, readonly object[]>> = {
    'namespace.yaml': [namespace()],
    'settings.yaml': [settings()],
    ...Object.fromEntries(SERVICE_NAMES.map((name) => [`${name}.yaml`, workloadOf(name)])),
    'network-policies.yaml': networkPolicies(),
  };
  const add = (path: string, objects: readonly object[]): void => void files.set(path, textOf(objects));
  for (const [name, objects] of Object.entries(base)) add(`base/${name}`, objects);
  add('base/kustomization.yaml', [kustomization({ namespace: NAMESPACE, resources: Object.keys(base) })]);
  for (const [name, { component, files: own }] of Object.entries(components(collectorConfig))) {
    add(`components/${name}/kustomization.yaml`, [component]);
    for (const [file, objects] of Object.entries(own)) add(`components/${name}/${file}`, objects);
    add(`overlays/${name}/kustomization.yaml`, [
      kustomization({
        namespace: NAMESPACE,
        resources: ['../../base'],
        components: [...(NEEDED[name] ?? []), name].map((each) => `../../components/${each}`),
      }),
    ]);
  }
  return files;
}

/** The cluster refuses pods that need more than the `restricted` standard allows. */
function namespace(): Namespace {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return new Namespace({ metadata: { name: NAMESPACE, labels } });
}

/** The location of the bucket; users set it in their own overlay. Without an endpoint: AWS. */
function settings(): ConfigMap {
  return new ConfigMap({
    metadata: { name: SETTINGS },
    data: { SOAR_ARTIFACTS: 's3://soar', SOAR_S3_ENDPOINT: '', AWS_REGION: 'us-east-1' },
  });
}

interface Validated {
  validate(): void;
  toJSON(): object;
}

/** A file of one or more YAML documents. Objects of the Kubernetes API are checked against its schema. */
function textOf(objects: readonly object[]): string {
  const documents = objects.map((object) => {
    if (isValidated(object)) {
      object.validate();
      return object.toJSON();
    }
    return object;
  });
  const texts = documents.map((document) =>
    // No anchors: complete objects are easier to read and to patch.
    stringify(document, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return HEAD + texts.join('---\n');
}

function isValidated(object: object): object is Validated {
  return 'validate' in object && 'toJSON' in object;
}
