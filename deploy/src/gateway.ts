/**
 * The component `gateway`: every call of the services by HTTP and JSON, and what it needs beside `tokens` and `mtls`.
 *
 * It reaches every service, so those that reach it need a label of their own: the one of clients leads to the
 * coordinator alone. Its probes ask for /healthz, which needs no token and says nothing of the services behind it.
 */
import { Deployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { type IContainer, Service } from 'kubernetes-models/v1';
import { component } from './kustomize.js';
import { podsOf, policy, tcp } from './network.js';
import { type ComponentFiles, patching } from './patches.js';
import { CALLERS, certificateOf, givenFiles } from './security.js';
import { addressOf, IMAGE, SERVICE_NAMES, SERVICES } from './services.js';
import { CONTAINER_SECURITY, labelsOf, POD_SECURITY, spreadOf } from './workloads.js';

export const GATEWAY = 'gateway';
export const GATEWAY_PORT = 7110;
/** Label of pods in the namespace that may call the gateway. */
export const HTTP_CLIENT_LABEL = { 'soar/http-client': 'true' };

/** Arguments of the image that start it. `insecure`: plain text to the services and to its callers. */
function argumentsOfGateway({ insecure }: { readonly insecure: boolean }): string[] {
  return [
    `services/${GATEWAY}/dist/main.js`,
    `--listen=0.0.0.0:${GATEWAY_PORT}`,
    ...(insecure ? ['--insecure'] : []),
    ...SERVICE_NAMES.map((name) => `--${name}=${addressOf(name)}`),
  ];
}

/** The gateway in plain text, for the base. */
export function gateway(): ComponentFiles {
  return {
    component: component({ resources: ['gateway.yaml', 'network-policies.yaml'] }),
    files: { 'gateway.yaml': workload(), 'network-policies.yaml': policies() },
  };
}

/**
 * The gateway beside the component `tokens`, or with `tls` beside `mtls`: it knows the callers, and passes the token of
 * each on. It has none of its own. Its callers need no certificate.
 */
export function securedGateway({ tls }: { readonly tls: boolean }): ComponentFiles {
  const files = [...(tls ? [certificateOf(GATEWAY, { asksCallers: false })] : []), CALLERS];
  const probes = tls ? probesOf('HTTPS') : {};
  const patches = [givenFiles(GATEWAY, argumentsOfGateway({ insecure: !tls }), files, probes)];
  return patching(patches, {}, [`../${GATEWAY}`]);
}

function workload(): object[] {
  const metadata = { name: GATEWAY, labels: labelsOf(GATEWAY) };
  const selector = { matchLabels: labelsOf(GATEWAY) };
  const spec = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: POD_SECURITY,
    terminationGracePeriodSeconds: 30,
    topologySpreadConstraints: [spreadOf(GATEWAY)],
    containers: [container()],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '256Mi' } }],
  };
  return [
    new Deployment({
      metadata,
      spec: { replicas: 2, selector, template: { metadata: { labels: labelsOf(GATEWAY) }, spec } },
    }),
    // Not headless: clients of HTTP open many connections, and take the first address of a name.
    new Service({
      metadata,
      spec: {
        selector: labelsOf(GATEWAY),
        ports: [{ name: 'http', port: GATEWAY_PORT, targetPort: 'http' }],
      },
    }),
    new PodDisruptionBudget({ metadata, spec: { maxUnavailable: 1, selector } }),
  ];
}

function container(): IContainer {
  return {
    name: GATEWAY,
    image: IMAGE,
    args: argumentsOfGateway({ insecure: true }),
    env: [{ name: 'SOAR_SERVICE', value: GATEWAY }],
    ports: [{ name: 'http', containerPort: GATEWAY_PORT }],
    ...probesOf('HTTP'),
    resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

/** The kubelet does not check the certificate of what it probes. */
function probesOf(scheme: 'HTTP' | 'HTTPS'): Pick<IContainer, 'readinessProbe' | 'livenessProbe'> {
  const httpGet = { path: '/healthz', port: GATEWAY_PORT, scheme };
  return {
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  };
}

/** From its callers to the gateway, and from it to every service, at both ends. */
function policies(): object[] {
  const callers = [{ podSelector: { matchLabels: HTTP_CLIENT_LABEL } }];
  return [
    policy(GATEWAY, {
      podSelector: { matchLabels: labelsOf(GATEWAY) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: callers, ports: [tcp(GATEWAY_PORT)] }],
      egress: SERVICE_NAMES.map((name) => ({ to: [podsOf(name)], ports: [tcp(SERVICES[name].port)] })),
    }),
    ...SERVICE_NAMES.map((name) =>
      policy(`${GATEWAY}-to-${name}`, {
        podSelector: { matchLabels: labelsOf(name) },
        policyTypes: ['Ingress'],
        ingress: [{ from: [podsOf(GATEWAY)], ports: [tcp(SERVICES[name].port)] }],
      }),
    ),
    policy('http-clients', {
      podSelector: { matchLabels: HTTP_CLIENT_LABEL },
      policyTypes: ['Egress'],
      egress: [{ to: [podsOf(GATEWAY)], ports: [tcp(GATEWAY_PORT)] }],
    }),
  ];
}
