/** The network policies as a cluster would apply them: they allow exactly the calls of ARCHITECTURE.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLIENT_LABEL } from './network.js';
import { type KubernetesObject, objectsOf, podsIn, textOf } from './deployed.fixture.js';
import { SERVICE_NAMES, SERVICES } from './services.js';
import { labelsOf } from './workloads.js';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
}

interface Rule {
  readonly from?: readonly { readonly podSelector: Selector }[];
  readonly to?: readonly { readonly podSelector: Selector }[];
  readonly ports?: readonly { readonly port: number }[];
}

interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

type Labels = Readonly<Record<string, string>>;

const policiesOf = (objects: readonly KubernetesObject[]): Policy[] =>
  objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as Policy);

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}

/** Whether a connection is allowed at both ends. Absent `from`, `to` and `ports` mean any. */
function passes(policies: readonly Policy[], from: Labels, to: Labels, port: number): boolean {
  const end = (own: Labels, other: Labels, type: 'Ingress' | 'Egress'): boolean => {
    const applying = policies.filter((p) => p.policyTypes.includes(type) && selects(p.podSelector, own));
    if (applying.length === 0) return true;
    return applying
      .flatMap((policy) => (type === 'Ingress' ? policy.ingress : policy.egress) ?? [])
      .some(({ from: sources, to: targets, ports }) => {
        const peers = type === 'Ingress' ? sources : targets;
        return (
          (peers === undefined || peers.some(({ podSelector }) => selects(podSelector, other))) &&
          (ports === undefined || ports.some((allowed) => allowed.port === port))
        );
      });
  };
  return end(from, to, 'Egress') && end(to, from, 'Ingress');
}

/** "coordinator -> teacher" for every call in ARCHITECTURE.md, "Who calls whom". */
function callsOfArchitecture(): Set<string> {
  const [, block] = /## Who calls whom\n\n```\n([\s\S]*?)```/.exec(textOf('ARCHITECTURE.md'))!;
  const calls = new Set<string>();
  const names = SERVICE_NAMES.join('|');
  for (const line of block!.trim().split('\n')) {
    const [caller, ...rest] = line.split('->');
    let from = caller!.trim();
    for (const part of rest) {
      const called = [...part.matchAll(new RegExp(`\\b(${names})\\.[A-Z]`, 'g'))].map(([, name]) => name!);
      for (const to of called) calls.add(`${from} -> ${to}`);
      from = called[0]!;
    }
  }
  return calls;
}

test('services reach exactly those that ARCHITECTURE.md says they call, on their ports', () => {
  const policies = policiesOf(objectsOf());
  const passing = new Set<string>();
  for (const from of SERVICE_NAMES)
    for (const to of SERVICE_NAMES) {
      if (from !== to && passes(policies, labelsOf(from), labelsOf(to), SERVICES[to].port))
        passing.add(`${from} -> ${to}`);
      assert.ok(
        !passes(policies, labelsOf(from), labelsOf(to), 7100),
        `${from} reaches the health port of ${to}`,
      );
    }
  assert.deepEqual([...passing].sort(), [...callsOfArchitecture()].sort());
});

test('other pods of the namespace reach only the coordinator, and only with the client label', () => {
  const policies = policiesOf(objectsOf());
  for (const to of SERVICE_NAMES) {
    const { port } = SERVICES[to];
    assert.equal(passes(policies, CLIENT_LABEL, labelsOf(to), port), to === 'coordinator', to);
    assert.equal(passes(policies, { app: 'other' }, labelsOf(to), port), false, to);
  }
});

test('only services that store data there reach the database and the bucket', () => {
  const policies = policiesOf(objectsOf());
  const reach = (port: number): string[] =>
    SERVICE_NAMES.filter((name) => {
      const applying = policies.filter(
        (p) => p.policyTypes.includes('Egress') && selects(p.podSelector, labelsOf(name)),
      );
      const open = applying.flatMap(({ egress = [] }) => egress).filter(({ to }) => to === undefined);
      return open.some(({ ports }) => ports?.some((allowed) => allowed.port === port));
    });
  assert.deepEqual(
    reach(5432),
    SERVICE_NAMES.filter((name) => SERVICES[name].keeps.includes('store')),
  );
  assert.deepEqual(
    reach(443),
    SERVICE_NAMES.filter((name) => SERVICES[name].keeps.includes('artifacts')),
  );
  assert.deepEqual(reach(53), [...SERVICE_NAMES]);
  assert.deepEqual(reach(80), []);
});

test('spans go to the collector, and from there to Jaeger', () => {
  const policies = policiesOf(objectsOf('tracing'));
  for (const name of SERVICE_NAMES) {
    assert.ok(passes(policies, labelsOf(name), labelsOf('collector'), 4317), name);
    assert.ok(!passes(policies, labelsOf(name), labelsOf('jaeger'), 4317), name);
  }
  assert.ok(passes(policies, labelsOf('collector'), labelsOf('jaeger'), 4317));
});

test('every name that is called is a headless Service for the pods of that name', () => {
  const objects = objectsOf('tracing');
  for (const [name, pod] of podsIn(objects)) {
    for (const { args = [] } of pod.containers)
      for (const [, host, port] of args.join(' ').matchAll(/dns:\/\/\/([a-z-]+):(\d+)/g)) {
        const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === host);
        const spec = service?.spec as {
          clusterIP: string;
          selector: Labels;
          ports: { port: number; targetPort: string }[];
        };
        assert.equal(spec.clusterIP, 'None', `${name} calls ${host}`);
        assert.deepEqual(spec.selector, labelsOf(host!));
        const [target] = podsIn(objects).get(host!)!.containers;
        const listened = target!.ports!.find((p) => p.name === spec.ports[0]!.targetPort)!.containerPort;
        assert.deepEqual([spec.ports[0]!.port, listened], [Number(port), Number(port)]);
      }
  }
});
