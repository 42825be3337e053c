/**
 * The component `tracing`: an OpenTelemetry collector that receives spans, metrics and logs from every service, and
 * Jaeger, whose UI shows the traces. Jaeger keeps them in memory only. Both images are those of compose.yaml.
 */
import { Deployment } from 'kubernetes-models/apps/v1';
import { ConfigMap, type IContainer, type IPodSpec, Service } from 'kubernetes-models/v1';
import { parse, stringify } from 'yaml';
import { podsOf, policy, tcp } from './network.js';
import { type ComponentFiles, patching, patchOf } from './patches.js';
import { SERVICE_NAMES } from './services.js';
import { CONTAINER_SECURITY, labelsOf, POD_SECURITY } from './workloads.js';

export const COLLECTOR_IMAGE = 'otel/opentelemetry-collector-contrib:0.160.0';
export const JAEGER_IMAGE = 'jaegertracing/jaeger:2.20.0';

const OTLP_PORT = 4317;
const PAGE_PORT = 16686;
/** The user of both images. */
const USER = 10001;
const COLLECTOR_FOLDER = '/etc/collector';

interface CollectorConfig {
  receivers: Record<string, unknown>;
  service: { pipelines: Record<string, { receivers: string[] }> };
}

/** The collector's configuration of compose.yaml, without the receiver of trace files. */
function inCluster(composeConfig: string): string {
  const config = parse(composeConfig) as CollectorConfig;
  delete config.receivers['otlp_json_file'];
  for (const pipeline of Object.values(config.service.pipelines))
    pipeline.receivers = pipeline.receivers.filter((name) => name !== 'otlp_json_file');
  return stringify(config);
}

/** The component; `composeConfig` is the text of deploy/collector.yaml. */
export function tracing(composeConfig: string): ComponentFiles {
  const env = [
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: `http://collector:${OTLP_PORT}` },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'grpc' },
  ];
  const collector = restricted({
    name: 'collector',
    image: COLLECTOR_IMAGE,
    args: [`--config=${COLLECTOR_FOLDER}/collector.yaml`],
    ports: [{ name: 'otlp', containerPort: OTLP_PORT }],
    volumeMounts: [{ name: 'config', mountPath: COLLECTOR_FOLDER, readOnly: true }],
  });
  const jaeger = restricted({
    name: 'jaeger',
    image: JAEGER_IMAGE,
    ports: [
      { name: 'otlp', containerPort: OTLP_PORT },
      { name: 'page', containerPort: PAGE_PORT },
    ],
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  });
  return patching(
    SERVICE_NAMES.map((name) => patchOf(name, { env })),
    {
      'collector.yaml': [
        new ConfigMap({
          metadata: { name: 'collector' },
          data: { 'collector.yaml': inCluster(composeConfig) },
        }),
        ...deployed(collector, [{ name: 'config', configMap: { name: 'collector' } }]),
      ],
      'jaeger.yaml': deployed(jaeger, [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }]),
      'network-policies.yaml': policies(),
    },
  );
}

/** A container with the same security context as ours; ready when its first port accepts connections. */
function restricted(container: IContainer): IContainer {
  const [{ containerPort }] = container.ports as [{ containerPort: number }];
  return {
    ...container,
    readinessProbe: { tcpSocket: { port: containerPort }, periodSeconds: 5 },
    resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } },
    securityContext: CONTAINER_SECURITY,
  };
}

function deployed(
  container: IContainer,
  volumes: NonNullable<IPodSpec['volumes']>,
): (Deployment | Service)[] {
  const { name, ports = [] } = container;
  const labels = labelsOf(name);
  const securityContext = { ...POD_SECURITY, runAsUser: USER, runAsGroup: USER, fsGroup: USER };
  const spec: IPodSpec = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext,
    containers: [container],
    volumes,
  };
  return [
    new Deployment({
      metadata: { name, labels },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    }),
    new Service({
      metadata: { name, labels },
      spec: {
        selector: labels,
        ports: ports.map(({ name: port = '', containerPort }) => ({
          name: port,
          port: containerPort,
          targetPort: port,
        })),
      },
    }),
  ];
}

/** Allows services to the collector, and the collector to Jaeger. Jaeger's UI is reached by a port-forward. */
function policies(): object[] {
  const services = {
    matchExpressions: [
      { key: 'app.kubernetes.io/name', operator: 'In' as const, values: [...SERVICE_NAMES] },
    ],
  };
  const ports = [tcp(OTLP_PORT)];
  return [
    policy('spans', {
      podSelector: services,
      policyTypes: ['Egress'],
      egress: [{ to: [podsOf('collector')], ports }],
    }),
    policy('collector', {
      podSelector: { matchLabels: labelsOf('collector') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: services }], ports }],
      egress: [{ to: [podsOf('jaeger')], ports }],
    }),
    policy('jaeger', {
      podSelector: { matchLabels: labelsOf('jaeger') },
      policyTypes: ['Ingress'],
      ingress: [{ from: [podsOf('collector')], ports }],
    }),
  ];
}
