/**
 * What the `soar` command takes from its surroundings: the only file here that reads `process.env`.
 *
 * Everything else is a flag. The services inherit the environment, so that the standard OTEL_* variables reach them.
 */
import type { CALL_FLAGS } from '@soar/grpc-kit';

/** Ports of `soar up` on loopback, by service; architecture: one port each, 7101 to 7105. */
export const defaultPorts = {
  verifier: 7101,
  trainer: 7102,
  teacher: 7103,
  metareward: 7104,
  coordinator: 7105,
} as const;

/** Address that `soar runs` speaks to unless told otherwise: SOAR_COORDINATOR, else the one of `soar up`. */
export function defaultCoordinator(): string {
  return process.env['SOAR_COORDINATOR'] ?? `127.0.0.1:${defaultPorts.coordinator}`;
}

/** Where artifacts are kept unless told otherwise: SOAR_ARTIFACTS, else beside everything else. */
export function defaultArtifacts(): string | undefined {
  return process.env['SOAR_ARTIFACTS'];
}

/** Where runs, journals and ledger are kept unless told otherwise: SOAR_STORE, else in the folder of --out. */
export function defaultStore(): string | undefined {
  return process.env['SOAR_STORE'];
}

/** How calls to a coordinator are secured by default, by flag: SOAR_TLS_CA and so on, as in the services. */
export function callDefaults(): Readonly<Record<keyof typeof CALL_FLAGS, string | undefined>> {
  const { env } = process;
  return {
    'tls-ca': env['SOAR_TLS_CA'] || undefined,
    'tls-client-cert': env['SOAR_TLS_CLIENT_CERT'] || undefined,
    'tls-client-key': env['SOAR_TLS_CLIENT_KEY'] || undefined,
    'token-file': env['SOAR_TOKEN_FILE'] || undefined,
  };
}

/**
 * The environment of a service that a command starts: ours, and `extra` over it. TLS and tokens in ours are for
 * coordinators elsewhere; what a command starts meets itself on loopback, in plain text.
 */
export function serviceEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^SOAR_(TLS_.*|TOKEN_FILE|HEALTH)$/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}
