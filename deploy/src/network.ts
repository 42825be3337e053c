/**
 * Network policies: deny everything except the calls in the table of services.ts, at both ends. The kubelet's probes
 * come from the pod's own node, which policies never block.
 *
 * Names are resolved by the cluster's DNS alone. The address of the bucket is unknown here: HTTPS may go to public
 * addresses, so not to the cluster's own (its API among them), its nodes or a cloud's metadata. The database may have
 * any address, and is limited by port. An overlay should narrow both (docs/deploying.md).
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import {
  type INetworkPolicyEgressRule,
  type INetworkPolicyPeer,
  type INetworkPolicyPort,
  type INetworkPolicySpec,
  NetworkPolicy,
} from 'kubernetes-models/networking.k8s.io/v1';
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.js';
import { labelsOf } from './workloads.js';

/** Label of pods in the namespace that may call the coordinator, such as the `soar` command. */
export const CLIENT_LABEL = { 'soar/client': 'true' };

const POSTGRES_PORT = 5432;
const HTTPS_PORT = 443;
const DNS_PORT = 53;

/** Where clusters run their DNS: the labels that kubeadm and all large providers give it. */
const CLUSTER_DNS: INetworkPolicyPeer = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};

/** All addresses but private, shared, link-local and loopback ones (RFC 1918, 6598, 3927, 1122, 4193, 4291). */
const PUBLIC: readonly INetworkPolicyPeer[] = [
  {
    ipBlock: {
      cidr: '0.0.0.0/0',
      except: [
        '10.0.0.0/8',
        '100.64.0.0/10',
        '127.0.0.0/8',
        '169.254.0.0/16',
        '172.16.0.0/12',
        '192.168.0.0/16',
      ],
    },
  },
  { ipBlock: { cidr: '::/0', except: ['::1/128', '::ffff:0:0/96', 'fc00::/7', 'fe80::/10'] } },
];

export const tcp = (port: number): INetworkPolicyPort => ({ protocol: 'TCP', port });
export const podsOf = (name: string): INetworkPolicyPeer => ({
  podSelector: { matchLabels: labelsOf(name) },
});

/** The policies of the base. */
export function networkPolicies(): readonly NetworkPolicy[] {
  return [
    policy('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('names', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [CLUSTER_DNS], ports: [{ protocol: 'UDP', port: DNS_PORT }, tcp(DNS_PORT)] }],
    }),
    ...SERVICE_NAMES.map(callsOf),
    storage('database', 'store', { ports: [tcp(POSTGRES_PORT)] }),
    storage('bucket', 'artifacts', { to: [...PUBLIC], ports: [tcp(HTTPS_PORT)] }),
    policy('clients', {
      podSelector: { matchLabels: CLIENT_LABEL },
      policyTypes: ['Egress'],
      egress: [
        { to: [podsOf('coordinator')], ports: [tcp(SERVICES.coordinator.port)] },
        // Clients upload models to the artifact store.
        { to: [...PUBLIC], ports: [tcp(HTTPS_PORT)] },
      ],
    }),
  ];
}

/** The policy of a service: the calls that it receives and makes. */
function callsOf(name: ServiceName): NetworkPolicy {
  const { port, calls } = SERVICES[name];
  const callers = SERVICE_NAMES.filter((other) => SERVICES[other].calls.includes(name)).map(podsOf);
  const clients = name === 'coordinator' ? [{ podSelector: { matchLabels: CLIENT_LABEL } }] : [];
  const egress = calls.map((called) => ({ to: [podsOf(called)], ports: [tcp(SERVICES[called].port)] }));
  return policy(name, {
    podSelector: { matchLabels: labelsOf(name) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [...callers, ...clients], ports: [tcp(port)] }],
    ...(egress.length === 0 ? {} : { egress }),
  });
}

/** The way of all services that keep data there to it, in a policy of its own, which an overlay can narrow. */
function storage(name: string, what: 'store' | 'artifacts', egress: INetworkPolicyEgressRule): NetworkPolicy {
  const keeping = SERVICE_NAMES.filter((service) => SERVICES[service].keeps.includes(what));
  return policy(name, {
    podSelector: {
      matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: keeping }],
    },
    policyTypes: ['Egress'],
    egress: [egress],
  });
}

export function policy(name: string, spec: INetworkPolicySpec): NetworkPolicy {
  return new NetworkPolicy({ metadata: { name }, spec });
}
