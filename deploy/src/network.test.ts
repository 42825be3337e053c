/** The network policies as a cluster would apply them: they allow exactly the calls of ARCHITECTURE.md. */
import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CLIENT_LABEL } from './network.js';
import { GATEWAY, GATEWAY_PORT, HTTP_CLIENT_LABEL } from './gateway.js';
import { type KubernetesObject, objectsOf, podsIn, textOf } from './deployed.fixture.js';
import { HEALTH_PORT, SERVICE_NAMES, SERVICES } from './services.js';
import { labelsOf } from './workloads.js';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
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

/** Whether a peer is a pod with these labels in the policies' own namespace. */
function isPod({ podSelector, namespaceSelector, ipBlock }: Peer, labels: Labels): boolean {
  if (namespaceSelector !== undefined || ipBlock !== undefined) return false;
  return selects(podSelector!, labels);
}

/** Whether `address` is in a block of the form 10.0.0.0/8. */
function contains(cidr: string, address: string): boolean {
  const [network, bits] = cidr.split('/') as [string, string];
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family);
  return isIPv6(address) === (family === 'ipv6') && block.check(address, family);
}

/** Whether a pod with these labels may open a connection to an address outside of the cluster. */
function reaches(policies: readonly Policy[], from: Labels, address: string, port: number): boolean {
  return policies
    .filter((policy) => policy.policyTypes.includes('Egress') && selects(policy.podSelector, from))
    .flatMap(({ egress = [] }) => egress)
    .filter(({ ports }) => ports === undefined || ports.some((allowed) => allowed.port === port))
    .some(({ to }) => {
      if (to === undefined) return true;
      return to.some(({ ipBlock }) => {
        if (ipBlock === undefined || !contains(ipBlock.cidr, address)) return false;
        return !(ipBlock.except ?? []).some((block) => contains(block, address));
      });
    });
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
          (peers === undefined || peers.some((peer) => isPod(peer, other))) &&
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

test('the gateway reaches every service, and only pods with the label for it reach the gateway', () => {
  for (const overlay of ['gateway', 'gateway-tokens', 'gateway-mtls']) {
    const policies = policiesOf(objectsOf(overlay));
    const gateway = labelsOf(GATEWAY);
    for (const name of SERVICE_NAMES) {
      const { port } = SERVICES[name];
      assert.ok(passes(policies, gateway, labelsOf(name), port), `the gateway does not reach ${name}`);
      assert.ok(!passes(policies, gateway, labelsOf(name), HEALTH_PORT), `it reaches the probes of ${name}`);
      assert.ok(!passes(policies, labelsOf(name), gateway, GATEWAY_PORT), `${name} reaches the gateway`);
      assert.ok(!passes(policies, HTTP_CLIENT_LABEL, labelsOf(name), port), `its callers reach ${name}`);
    }
    assert.ok(passes(policies, HTTP_CLIENT_LABEL, gateway, GATEWAY_PORT));
    for (const other of [CLIENT_LABEL, { app: 'other' }])
      assert.ok(!passes(policies, other, gateway, GATEWAY_PORT), JSON.stringify(other));
    for (const from of [gateway, HTTP_CLIENT_LABEL])
      for (const [address, port] of [['52.216.8.1', 443] as const, ['10.1.2.3', 5432] as const])
        assert.ok(!reaches(policies, from, address, port), `${JSON.stringify(from)} reaches ${address}`);
  }
});

test('calls between the services are the same with the gateway as without', () => {
  const callsIn = (overlay?: string): string[] => {
    const policies = policiesOf(objectsOf(overlay));
    return SERVICE_NAMES.flatMap((from) =>
      SERVICE_NAMES.filter((to) => passes(policies, labelsOf(from), labelsOf(to), SERVICES[to].port)).map(
        (to) => `${from} -> ${to}`,
      ),
    );
  };
  assert.deepEqual(callsIn('gateway'), callsIn());
});

test('only services that store data there reach the database and the bucket, and nothing else outside', () => {
  const policies = policiesOf(objectsOf());
  const reach = (address: string, port: number): string[] =>
    SERVICE_NAMES.filter((name) => reaches(policies, labelsOf(name), address, port));
  const keeping = (what: 'store' | 'artifacts'): string[] =>
    SERVICE_NAMES.filter((name) => SERVICES[name].keeps.includes(what));
  assert.deepEqual(reach('10.1.2.3', 5432), keeping('store'));
  for (const bucket of ['52.216.8.1', '2600:1fa0:8000::1']) {
    assert.deepEqual(reach(bucket, 443), keeping('artifacts'), bucket);
    for (const port of [22, 53, 80, 4317, 9000])
      assert.deepEqual(reach(bucket, port), [], `${bucket}:${port}`);
    assert.ok(reaches(policies, CLIENT_LABEL, bucket, 443), 'clients upload models');
  }
});

test('HTTPS goes to public addresses alone: not to the cluster, its nodes or the metadata of a cloud', () => {
  const policies = policiesOf(objectsOf());
  const inside = ['10.96.0.1', '172.20.0.1', '192.168.49.2', '100.64.3.4', '169.254.169.254', '127.0.0.1'];
  for (const address of [...inside, 'fd00:ec2::254', 'fe80::1', '::1', '::ffff:a00:1'])
    for (const from of [...SERVICE_NAMES.map(labelsOf), CLIENT_LABEL])
      assert.ok(!reaches(policies, from, address, 443), `${JSON.stringify(from)} reaches ${address}`);
});

test('names are resolved by the DNS of the cluster alone, for every pod', () => {
  const policies = policiesOf(objectsOf('tracing'));
  const rules = policies.flatMap(({ egress = [], podSelector }) =>
    egress.map((rule) => ({ rule, podSelector })),
  );
  const dns = rules.filter(({ rule }) => rule.ports?.some(({ port }) => port === 53) ?? true);
  assert.deepEqual(
    dns.map(({ rule, podSelector }) => [podSelector, rule.to]),
    [
      [
        {},
        [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
      ],
    ],
  );
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
  for (const objects of [objectsOf('tracing'), objectsOf('gateway')]) assertCalledNamesExist(objects);
});

function assertCalledNamesExist(objects: readonly KubernetesObject[]): void {
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
}

test('the example that narrows the bucket replaces the one rule that leads to it', () => {
  const [, example] = /```yaml\n(patches:\n {2}- target: \{ kind: NetworkPolicy[\s\S]*?)```/.exec(
    textOf('docs/deploying.md'),
  )!;
  const { patches } = parse(example!) as { patches: { target: { name: string }; patch: string }[] };
  const [{ op, path, value }] = parse(patches[0]!.patch) as [{ op: string; path: string; value: Rule }];
  assert.deepEqual([patches[0]!.target.name, op, path], ['bucket', 'replace', '/spec/egress/0']);
  const objects = objectsOf();
  const policy = objects.find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'bucket',
  )!;
  (policy.spec as { egress: Rule[] }).egress[0] = value;
  const narrowed = policiesOf(objects);
  assert.ok(reaches(narrowed, labelsOf('trainer'), '10.20.0.9', 9000));
  for (const [address, port] of [['52.216.8.1', 443] as const, ['10.21.0.9', 9000] as const])
    assert.ok(!reaches(narrowed, labelsOf('trainer'), address, port), address);
});
