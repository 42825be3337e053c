/**
 * Whether a provider works here, tried in a process of its own: a driver that fails may end the process that loads it,
 * and writes what nobody asked for to its standard error.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Precision, Provider } from '../settings.js';
import type { SelfTest } from './self-test.js';

export interface Probe {
  readonly provider: Provider;
  /** Why it does not work, and what to do; absent: it does. */
  readonly problem?: string;
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

export async function probe(
  provider: Provider,
  { selfTest, precision = 'f32' }: { readonly selfTest: boolean; readonly precision?: Precision },
): Promise<Probe> {
  const main = fileURLToPath(new URL('./probe-process.js', import.meta.url));
  const child = spawn(process.execPath, [main, provider, precision, ...(selfTest ? ['self-test'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MS_MAX,
  });
  let [out, log] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (log = (log + text).slice(-DETAILS_CHARACTERS_MAX)));
  const ended = await new Promise<string>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const answer = parsed(out);
  if (answer === undefined) {
    const problem =
      `provider ${provider}: a process that tried it ended with ${ended}: its driver is broken, or does not suit ` +
      'ONNX Runtime. Renew the driver, or use --provider cpu';
    return { provider, problem, details: log };
  }
  const { details = '', ...rest } = answer;
  return { provider, ...rest, details: [details, log].filter((part) => part !== '').join('\n') };
}

function parsed(out: string): ProbeAnswer | undefined {
  try {
    return JSON.parse(out) as ProbeAnswer;
  } catch {
    return undefined; // it died before it had an answer
  }
}
