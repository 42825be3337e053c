/**
 * Patches of the base's workloads, for the components: of a service's container, its pod, its workload.
 */
import type { IContainer, IEnvVar, IVolumeMount } from 'kubernetes-models/v1';
import { component, type Component, type Patch } from './kustomize.js';
import type { ServiceName } from './services.js';

/** A component: its kustomization and its other files. */
export interface ComponentFiles {
  readonly component: Component;
  /** Objects by file name. */
  readonly files: Readonly<Record<string, readonly object[]>>;
}

export interface ContainerChange {
  readonly image?: string;
  readonly args?: readonly string[];
  /** By name; `valueFrom: null` removes the base's value. */
  readonly env?: readonly (
    | IEnvVar
    | { readonly name: string; readonly value: string; readonly valueFrom: null }
  )[];
  readonly volumeMounts?: readonly IVolumeMount[];
  readonly resources?: object;
  readonly readinessProbe?: IContainer['readinessProbe'];
  readonly livenessProbe?: IContainer['livenessProbe'];
}

/** A patch of a service's workload. */
export function patchOf(
  name: ServiceName | 'gateway',
  container: ContainerChange,
  pod: object = {},
  spec: object = {},
): Patch {
  return {
    apiVersion: 'apps/v1',
    kind: name === 'coordinator' ? 'StatefulSet' : 'Deployment',
    metadata: { name },
    spec: { ...spec, template: { spec: { containers: [{ name, ...container }], ...pod } } },
  };
}

/** A component of patches, in one file, resources, and other components that it patches. */
export function patching(
  patches: readonly Patch[],
  resources: Readonly<Record<string, readonly object[]>> = {},
  components: readonly string[] = [],
): ComponentFiles {
  return {
    component: component({
      ...(Object.keys(resources).length === 0 ? {} : { resources: Object.keys(resources) }),
      ...(components.length === 0 ? {} : { components }),
      patches: [{ path: 'patches.yaml' }],
    }),
    files: { ...resources, 'patches.yaml': patches },
  };
}
