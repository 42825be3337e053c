/** The manifests as a cluster would get them: the base, and the result of each overlay. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { gatewaySettingsOf, settingsOf } from './command-lines.fixture.js';
import {
  type Container,
  type KubernetesObject,
  objectsOf,
  overlays,
  type PodSpec,
  podsIn,
  textOf,
} from './deployed.fixture.js';
import { GATEWAY, GATEWAY_PORT } from './gateway.js';
import { addressOf, HEALTH_PORT, SERVICE_NAMES, SERVICES } from './services.js';

const models = {
  Deployment,
  StatefulSet,
  NetworkPolicy,
  PodDisruptionBudget,
  ConfigMap,
  Namespace,
  PersistentVolumeClaim,
  Service,
} as Readonly<Record<string, new (data: object) => { validate(): void }>>;

/** The environment of a service's container. Values from Secrets are replaced by valid examples. */
function environmentOf(
  { env = [], envFrom = [] }: Container,
  objects: readonly KubernetesObject[],
): Record<string, string> {
  const maps = JSON.stringify(envFrom);
  const settings = objects.filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && maps.includes(`"name":"${metadata.name}"`),
  );
  return {
    ...Object.assign({}, ...settings.map(({ data }) => data)),
    ...Object.fromEntries(
      env.map(({ name, value, valueFrom }) => {
        assert.ok(
          (value === undefined) !== (valueFrom === undefined),
          `${name}: a value or where it comes from`,
        );
        return [name, value ?? 'postgres://user:word@database:5432/soar'];
      }),
    ),
  } as Record<string, string>;
}

for (const overlay of [undefined, ...overlays]) {
  describe(overlay === undefined ? 'the base' : `the overlay ${overlay}`, () => {
    const objects = objectsOf(overlay);
    const pods = podsIn(objects);

    test('every object, patched or not, conforms to its schema', () => {
      for (const { kind, ...data } of objects) {
        const Model = models[kind];
        assert.ok(Model !== undefined, `no schema for ${kind}`);
        new Model(data).validate();
      }
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      assert.equal(new Set(names).size, names.length, 'two objects of the same kind have the same name');
    });

    test('every service starts with valid settings', () => assertStarts(objects, overlay));

    if (pods.has(GATEWAY))
      test('the gateway starts with valid settings, calls every service, and knows its callers where they do', () => {
        assertGatewayStarts(objects, overlay ?? '');
      });

    test('no process is root, can become root, or can write outside its volumes', () => {
      for (const [name, pod] of pods) assertConfined(name, pod);
    });

    test('everything that a pod mounts or reads exists, or is a Secret that docs/deploying.md explains', () => {
      const deploying = textOf('docs/deploying.md');
      const made = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      for (const [name, pod] of pods) {
        const volumes = new Set((pod.volumes ?? []).map((volume) => volume.name));
        for (const container of pod.containers) {
          for (const mount of container.volumeMounts ?? [])
            assert.ok(volumes.has(mount.name), `${name}: no volume ${mount.name}`);
        }
        for (const [kind, needed] of referencesOf(pod)) {
          const there =
            kind === 'Secret'
              ? deploying.includes(`secret generic ${needed.replace(/^.*-(tls|token)$/, '"$name-$1"')} `)
              : made.has(`${kind} ${needed}`);
          assert.ok(there, `${name}: ${kind} ${needed} does not exist`);
        }
      }
    });

    test('probes use the health port, and readiness probes name the service', () => {
      for (const name of SERVICE_NAMES) {
        const [container] = pods.get(name)!.containers;
        assert.ok(container!.ports!.some(({ containerPort }) => containerPort === HEALTH_PORT));
        assert.equal(container!.livenessProbe!.grpc!.port, HEALTH_PORT);
        const { port, service } = container!.readinessProbe!.grpc!;
        assert.equal(port, HEALTH_PORT);
        if (name === 'coordinator')
          assert.equal(service, undefined, 'a standby would block a rolling update');
        else
          assert.match(
            textOf(`proto/soar/${name}/v1/${name}_service.proto`),
            new RegExp(`service ${service!.split('.').at(-1)} `),
          );
      }
    });
  });
}

/** Starts every service's settings as its pod does. */
function assertStarts(objects: readonly KubernetesObject[], overlay: string | undefined): void {
  const pods = podsIn(objects);
  const secured = /mtls|tokens/.test(overlay ?? '');
  const tls = /mtls/.test(overlay ?? '');
  for (const name of SERVICE_NAMES) {
    const [container] = pods.get(name)!.containers;
    const { name: started, settings } = settingsOf(container!.args!, environmentOf(container!, objects));
    assert.equal(started, name);
    const { serving } = settings;
    assert.equal(serving.listen, `0.0.0.0:${SERVICES[name].port}`);
    assert.equal(serving.health, `0.0.0.0:${HEALTH_PORT}`);
    assert.equal(serving.insecure, !tls);
    assert.equal(serving.tls !== undefined, tls);
    assert.equal(serving.callersFile !== undefined, secured);
    assert.equal(
      serving.tokenFile !== undefined,
      secured && SERVICES[name].calls.length > 0,
      'of each caller',
    );
  }
}

/** Starts the settings of the gateway as its pod does. */
function assertGatewayStarts(objects: readonly KubernetesObject[], overlay: string): void {
  const [container] = podsIn(objects).get(GATEWAY)!.containers;
  const settings = gatewaySettingsOf(container!.args!, environmentOf(container!, objects));
  assert.equal(settings.listen, `0.0.0.0:${GATEWAY_PORT}`);
  assert.deepEqual(
    settings.addresses,
    Object.fromEntries(SERVICE_NAMES.map((name) => [name, addressOf(name)])),
  );
  const tls = overlay === 'gateway-mtls';
  const probed = { path: '/healthz', port: GATEWAY_PORT, scheme: tls ? 'HTTPS' : 'HTTP' };
  assert.deepEqual(container!.readinessProbe!.httpGet, probed);
  assert.equal(settings.insecure, !tls, 'plain text');
  assert.equal(settings.tls !== undefined, tls, 'HTTPS');
  assert.equal(settings.callersFile !== undefined, overlay !== 'gateway', 'callers');
  assert.equal(settings.calling.forwardsTokens, true);
  assert.equal(settings.calling.tokenFile, undefined, 'it has no token to lend');
}

/** Checks the `restricted` pod security standard, and a read-only root file system. */
function assertConfined(name: string, pod: PodSpec): void {
  const security = pod.securityContext as Record<string, unknown>;
  assert.equal(security['runAsNonRoot'], true, name);
  assert.ok(Number(security['runAsUser']) > 0, name);
  assert.deepEqual(security['seccompProfile'], { type: 'RuntimeDefault' }, name);
  assert.equal(pod.automountServiceAccountToken, false, name);
  const confined = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  };
  for (const { securityContext } of pod.containers) assert.deepEqual(securityContext, confined, name);
}

/** ConfigMaps, Secrets and volume claims that a pod refers to, without optional ones. */
function referencesOf(pod: unknown): [kind: string, name: string][] {
  const found: [string, string][] = [];
  const kinds: Readonly<Record<string, readonly [kind: string, key: string]>> = {
    configMapRef: ['ConfigMap', 'name'],
    configMap: ['ConfigMap', 'name'],
    secretRef: ['Secret', 'name'],
    secretKeyRef: ['Secret', 'name'],
    secret: ['Secret', 'secretName'],
    persistentVolumeClaim: ['PersistentVolumeClaim', 'claimName'],
  };
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value) as [string, Record<string, unknown>][]) {
      const kind = kinds[key];
      if (kind !== undefined && inner['optional'] !== true) found.push([kind[0], String(inner[kind[1]])]);
      walk(inner);
    }
  };
  walk(pod);
  return found;
}
