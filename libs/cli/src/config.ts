/**
 * The environment variables of the `soar` command: the only file here that reads `process.env`.
 *
 * Everything else is a flag. Services inherit the environment, so the standard OTEL_* variables reach them.
 */
import type { CALL_FLAGS } from '@soar/grpc-kit';

/** Whether npm runs this: a script of package.json, or npx. */
export function startedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined;
}

/** Default ports of `soar up` on loopback, by service. */
export const defaultPorts = {
  verifier: 7101,
  trainer: 7102,
  teacher: 7103,
  metareward: 7104,
  coordinator: 7105,
} as const;

/** Default port of the live page. */
export const defaultDashboardPort = 7100;
/** Port of HTTP and JSON. */
export const defaultGatewayPort = 7110;

/** Default address of the coordinator: SOAR_COORDINATOR, else that of `soar up`. */
export function defaultCoordinator(): string {
  return process.env['SOAR_COORDINATOR'] ?? `127.0.0.1:${defaultPorts.coordinator}`;
}

/** Default artifact store: SOAR_ARTIFACTS, if set. */
export function defaultArtifacts(): string | undefined {
  return process.env['SOAR_ARTIFACTS'];
}

/** Default store of runs, journals and ledger: SOAR_STORE, if set. */
export function defaultStore(): string | undefined {
  return process.env['SOAR_STORE'];
}

/** Key of the judge's endpoint: SOAR_JUDGE_KEY, if set. It goes into one header of a call, and nowhere else. */
export function judgeKey(): string | undefined {
  return process.env['SOAR_JUDGE_KEY'] || undefined;
}

/** Key of the endpoint of embeddings: SOAR_EMBEDDINGS_KEY, if set; as the judge's. */
export function embeddingsKey(): string | undefined {
  return process.env['SOAR_EMBEDDINGS_KEY'] || undefined;
}

/** Defaults of the flags that secure calls to a coordinator: SOAR_TLS_CA and so on, as in the services. */
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
 * The environment of a service that a command starts: that of this process, overridden by `extra`. TLS and token
 * variables and the judge's key are dropped: they are for a coordinator elsewhere and for this process. Services that a
 * command starts call each other in plain text on loopback.
 */
export function serviceEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^SOAR_(TLS_.*|TOKEN_FILE|HEALTH|JUDGE_KEY)$/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

/** Token of the MLflow server: MLFLOW_TRACKING_TOKEN, as MLflow's own clients read it; as the judge's key. */
export function mlflowToken(): string | undefined {
  return process.env['MLFLOW_TRACKING_TOKEN'] || undefined;
}

/** Default address of the MLflow server: MLFLOW_TRACKING_URI, if set. */
export function defaultTrackingUri(): string | undefined {
  return process.env['MLFLOW_TRACKING_URI'] || undefined;
}

/** Python of trackers that need it: SOAR_PYTHON, else the one that PATH leads to. */
export function defaultPython(): string {
  return process.env['SOAR_PYTHON'] || 'python3';
}

/** The environment of that Python: its own settings and those of W&B, without the keys of others. */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(SOAR_(TOKEN_FILE|JUDGE_KEY|EMBEDDINGS_KEY)|MLFLOW_TRACKING_TOKEN)$/.test(name),
  );
  return Object.fromEntries(inherited);
}

/** Whether to write colours: NO_COLOR (no-color.org) and FORCE_COLOR decide, else whether it is a terminal. */
export function wantsColour(screen: { readonly isTTY?: boolean | undefined }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return screen.isTTY === true && TERM !== 'dumb';
}
