/**
 * Everything under deploy/kubernetes/, made from the tables beside this file: path and text of every file. The files
 * are committed, so that they can be read and applied without Node; a test holds them against this.
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

/**
 * Texts by path below deploy/kubernetes. `collectorConfig`: text of deploy/collector.yaml. Throws when an object breaks
 * its schema.
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
        components: [`../../components/${name}`],
      }),
    ]);
  }
  return files;
}

/** Pods that ask for more than the `restricted` standard allows are refused by the cluster. */
function namespace(): Namespace {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return new Namespace({ metadata: { name: NAMESPACE, labels } });
}

/** Where the bucket is, which whoever deploys sets in an overlay of their own. No endpoint: AWS. */
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
    // No anchors: kustomize's merge keys and readers both do better with every object whole.
    stringify(document, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return HEAD + texts.join('---\n');
}

function isValidated(object: object): object is Validated {
  return 'validate' in object && 'toJSON' in object;
}
