/**
 * Certificates, tokens and callers of the services in a cluster: where their files are, which variables name them, and
 * the components `mtls` and `tokens` made of both. The Secrets with them are the user's (docs/deploying.md).
 */
import type { IEnvVar, IVolume, IVolumeMount } from 'kubernetes-models/v1';
import type { Patch } from './kustomize.js';
import { type ComponentFiles, type ContainerChange, patching, patchOf } from './patches.js';
import { argumentsOf, SERVICE_NAMES, SERVICES, type ServiceName } from './services.js';

const TLS_FOLDER = '/etc/soar/tls';
const TOKEN_FOLDER = '/etc/soar/token';
const CALLERS_FOLDER = '/etc/soar/callers';
/**
 * Names of the Secrets: of each service with its certificate, of each that calls others with the token that it shows,
 * and one with the callers of all and their roles.
 */
const tlsSecretOf = (name: string): string => `${name}-tls`;
const tokenSecretOf = (name: string): string => `${name}-token`;
const CALLERS_SECRET = 'soar-callers';

/** Files of a pod that come from one Secret, and the variables that name them. */
export interface Mounted {
  readonly env: readonly IEnvVar[];
  readonly volumeMount: IVolumeMount;
  readonly volume: IVolume;
}

function mounted(
  volume: string,
  mountPath: string,
  secretName: string,
  env: Readonly<Record<string, string>>,
): Mounted {
  return {
    env: Object.entries(env).map(([name, file]) => ({ name, value: `${mountPath}/${file}` })),
    volumeMount: { name: volume, mountPath, readOnly: true },
    volume: { name: volume, secret: { secretName, defaultMode: 0o440 } },
  };
}

/** The certificate of a pod, which it shows to callers and to those that it calls. */
export function certificateOf(name: string, { asksCallers }: { readonly asksCallers: boolean }): Mounted {
  return mounted('tls', TLS_FOLDER, tlsSecretOf(name), {
    SOAR_TLS_CERT: 'tls.crt',
    SOAR_TLS_KEY: 'tls.key',
    ...(asksCallers ? { SOAR_TLS_CLIENT_CA: 'ca.crt' } : {}),
    SOAR_TLS_CA: 'ca.crt',
    SOAR_TLS_CLIENT_CERT: 'tls.crt',
    SOAR_TLS_CLIENT_KEY: 'tls.key',
  });
}

export const CALLERS: Mounted = mounted('callers', CALLERS_FOLDER, CALLERS_SECRET, {
  SOAR_CALLERS_FILE: 'callers',
});

/** A patch of a workload: its arguments, and the files that it is given. */
export function givenFiles(
  name: ServiceName | 'gateway',
  args: readonly string[],
  files: readonly Mounted[],
  more: ContainerChange = {},
): Patch {
  return patchOf(
    name,
    {
      ...more,
      args,
      env: files.flatMap(({ env }) => env),
      volumeMounts: files.map(({ volumeMount }) => volumeMount),
    },
    { volumes: files.map(({ volume }) => volume) },
  );
}

/** A token and a role for every caller; with `tls` certificates too, and plain text is refused. */
export function secured({ tls }: { readonly tls: boolean }): ComponentFiles {
  return patching(
    SERVICE_NAMES.map((name) =>
      givenFiles(name, argumentsOf(name, { insecure: !tls }), [
        ...(tls ? [certificateOf(name, { asksCallers: true })] : []),
        CALLERS,
        ...(SERVICES[name].calls.length === 0
          ? []
          : [mounted('token', TOKEN_FOLDER, tokenSecretOf(name), { SOAR_TOKEN_FILE: 'token' })]),
      ]),
    ),
  );
}
