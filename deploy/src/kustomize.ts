/**
 * Kustomize's own files, as far as they are used here: a base, components that can be combined, and overlays that
 * apply one component each. Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export interface Kustomization {
  readonly apiVersion: 'kustomize.config.k8s.io/v1beta1';
  readonly kind: 'Kustomization';
  readonly namespace?: string;
  readonly resources: readonly string[];
  readonly components?: readonly string[];
}

export interface Component {
  readonly apiVersion: 'kustomize.config.k8s.io/v1alpha1';
  readonly kind: 'Component';
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly patches?: readonly { readonly path: string }[];
}

/** A strategic merge patch: the object to change, and the changes. `null` removes. */
export interface Patch {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

export function kustomization(rest: Omit<Kustomization, 'apiVersion' | 'kind'>): Kustomization {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...rest };
}

export function component(rest: Omit<Component, 'apiVersion' | 'kind'>): Component {
  return { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', ...rest };
}
