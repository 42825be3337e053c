/**
 * Whether a provider works here, tried in a process of its own: a driver that fails may end the process that loads it,
 * and writes what nobody asked for to its standard error.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { probeEnvironment } from '../config.js';
import type { Precision, Provider } from '../settings.js';
import { LOADER_SPEAKS, readLoaderLog } from './loader-log.js';
import type { SelfTest } from './self-test.js';

export interface Probe {
  readonly provider: Provider;
  /** Why it does not work, and what to do; absent: it does. */
  readonly problem?: string;
  /** The device that it took, by the name that its driver has for it; absent: not known. */
  readonly device?: string;
  /** Devices that it could have taken, of which it cannot be told to take another one; empty: not known. */
  readonly shown: readonly string[];
  /** What ONNX Runtime and drivers wrote. */
  readonly details: string;
  readonly selfTest?: SelfTest;
}

/** What the process prints. */
export interface ProbeAnswer {
  readonly problem?: string;
  readonly details?: string;
  readonly selfTest?: SelfTest;
}

const MS_MAX = 120_000;
const DETAILS_CHARACTERS_MAX = 20_000;

export interface ProbeOptions {
  readonly selfTest?: boolean;
  readonly precision?: Precision;
  /** Variables that show it one device. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function probe(
  provider: Provider,
  { selfTest = false, precision = 'f32', environment = {} }: ProbeOptions,
): Promise<Probe> {
  const main = fileURLToPath(new URL('./probe-process.js', import.meta.url));
  const child = spawn(process.execPath, [main, provider, precision, ...(selfTest ? ['self-test'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MS_MAX,
    env: probeEnvironment({ ...LOADER_SPEAKS, ...environment }),
  });
  let [out, log] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (log = (log + text).slice(-DETAILS_CHARACTERS_MAX)));
  const ended = await new Promise<string>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const { found: shown, used, rest: said } = readLoaderLog(log);
  const device = used === undefined ? {} : { device: used };
  const answer = parsed(out);
  if (answer === undefined) {
    const problem =
      `provider ${provider}: a process that tried it ended with ${ended}: its driver is broken, or does not suit ` +
      'ONNX Runtime. Renew the driver, or use --provider cpu';
    return { provider, problem, ...device, shown, details: said };
  }
  const { details = '', ...rest } = answer;
  return {
    provider,
    ...rest,
    ...device,
    shown,
    details: [details, said].filter((part) => part !== '').join('\n'),
  };
}

function parsed(out: string): ProbeAnswer | undefined {
  try {
    return JSON.parse(out) as ProbeAnswer;
  } catch {
    return undefined; // it died before it had an answer
  }
}
