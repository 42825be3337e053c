/**
 * The contents of deploy/ for the tests: files, and the resulting objects of an overlay. CI has no kustomize, so
 * resources, components and strategic merge patches are resolved here, as far as these files use them: lists with
 * names are merged by name (mounts by path), other lists are replaced, null removes. Source:
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Text of a file, by its path from the repository's root. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom?: readonly unknown[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: unknown;
  readonly readinessProbe?: {
    readonly grpc?: { readonly port: number; readonly service?: string };
    readonly httpGet?: { readonly path: string; readonly port: number; readonly scheme: string };
  };
  readonly livenessProbe?: { readonly grpc?: { readonly port: number } };
}

export interface PodSpec {
  readonly securityContext?: unknown;
  readonly automountServiceAccountToken?: boolean;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}

/** A Kubernetes object. Its spec is untyped here; the tests know it by kind. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** Names of the overlays. */
export const overlays = readdirSync(join(root, 'deploy/kubernetes/overlays')).sort();

/** Every object of the base, or of an overlay. Fails if a file or the target of a patch is missing. */
export function objectsOf(overlay?: string): KubernetesObject[] {
  const folder = overlay === undefined ? 'base' : `overlays/${overlay}`;
  const found: KubernetesObject[] = [];
  build(`deploy/kubernetes/${folder}`, found);
  return found;
}

interface AnyKustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
}

function build(folder: string, found: KubernetesObject[]): void {
  const {
    resources = [],
    components = [],
    patches = [],
    ...rest
  } = parse(textOf(`${folder}/kustomization.yaml`)) as AnyKustomization;
  const known = ['apiVersion', 'kind', 'namespace'];
  assert.deepEqual(
    Object.keys(rest).filter((key) => !known.includes(key)),
    [],
    `${folder}: not resolved here`,
  );
  for (const entry of resources) {
    const path = normalize(join(folder, entry));
    assert.ok(existsSync(join(root, path)), `${folder} refers to ${entry}, which does not exist`);
    if (path.endsWith('.yaml')) found.push(...documentsOf(path));
    else build(path, found);
  }
  for (const entry of components) build(normalize(join(folder, entry)), found);
  for (const { path } of patches)
    for (const patch of documentsOf(`${folder}/${path}`)) apply(patch, found, folder);
}

function documentsOf(path: string): KubernetesObject[] {
  return parseAllDocuments(textOf(path)).map((document) => document.toJS() as KubernetesObject);
}

function apply(patch: KubernetesObject, found: KubernetesObject[], folder: string): void {
  const at = found.findIndex(
    ({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name,
  );
  assert.notEqual(at, -1, `${folder}: patches ${patch.kind} ${patch.metadata.name}, which does not exist`);
  found[at] = merge(found[at], patch) as KubernetesObject;
}

function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) return mergeLists(base, patch);
  if (!isObject(base) || !isObject(patch)) return patch;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(base[key], value);
  }
  return merged;
}

function mergeLists(base: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const keyOf = (item: unknown): unknown =>
    isObject(item) ? (item['mountPath'] ?? item['name']) : undefined;
  if (patch.some((item) => keyOf(item) === undefined)) return [...patch];
  const merged = [...base];
  for (const item of patch) {
    const at = merged.findIndex((other) => keyOf(other) === keyOf(item));
    if (at === -1) merged.push(merge({}, item));
    else merged[at] = merge(merged[at], item);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The pod specs in a list of objects, by the name of their workload. */
export function podsIn(objects: readonly KubernetesObject[]): ReadonlyMap<string, PodSpec> {
  const workloads = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return new Map(
    workloads.map(({ metadata, spec }) => [
      metadata.name,
      (spec as { template: { spec: PodSpec } }).template.spec,
    ]),
  );
}

/** Paths of all files below a folder, relative to it. */
export function filesIn(folder: string): string[] {
  const from = join(root, folder);
  return readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .sort();
}
