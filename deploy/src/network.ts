/**
 * Network policies: deny everything except the calls in the table of services.ts, at both ends. The kubelet's probes
 * come from the pod's own node, which policies never block.
 *
 * The addresses of database and bucket are unknown here, so egress to them is limited only by port; an overlay can
 * narrow it.
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import {
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
      egress: [{ ports: [{ protocol: 'UDP', port: DNS_PORT }, tcp(DNS_PORT)] }],
    }),
    ...SERVICE_NAMES.map(callsOf),
    policy('clients', {
      podSelector: { matchLabels: CLIENT_LABEL },
      policyTypes: ['Egress'],
      egress: [
        { to: [podsOf('coordinator')], ports: [tcp(SERVICES.coordinator.port)] },
        // Clients upload models to the artifact store.
        { ports: [tcp(HTTPS_PORT)] },
      ],
    }),
  ];
}

/** The policy of a service: the calls that it receives and makes. */
function callsOf(name: ServiceName): NetworkPolicy {
  const { port, calls, keeps } = SERVICES[name];
  const callers = SERVICE_NAMES.filter((other) => SERVICES[other].calls.includes(name)).map(podsOf);
  const clients = name === 'coordinator' ? [{ podSelector: { matchLabels: CLIENT_LABEL } }] : [];
  const egress = [
    ...calls.map((called) => ({ to: [podsOf(called)], ports: [tcp(SERVICES[called].port)] })),
    ...(keeps.includes('store') ? [{ ports: [tcp(POSTGRES_PORT)] }] : []),
    ...(keeps.includes('artifacts') ? [{ ports: [tcp(HTTPS_PORT)] }] : []),
  ];
  return policy(name, {
    podSelector: { matchLabels: labelsOf(name) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [...callers, ...clients], ports: [tcp(port)] }],
    ...(egress.length === 0 ? {} : { egress }),
  });
}

export function policy(name: string, spec: INetworkPolicySpec): NetworkPolicy {
  return new NetworkPolicy({ metadata: { name }, spec });
}
