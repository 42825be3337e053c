/**
 * A domain for tests whose items do what model output must never be able to do: hang, sleep, starve, eat memory, end
 * the process, throw. Grading processes load it in the place of @soar/domains because the test configures their parent
 * so; no request can.
 */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { domainNamed as realDomainNamed, type Domain } from '@soar/domains';
import type { Verification } from '@soar/verify';

/** What a text may order; anything else is compared with the gold answer. */
function obey(text: string): void {
  const [order, path] = text.split(':');
  if (order === 'hang') for (;;);
  if (order === 'hang-once' && path !== undefined && !existsSync(path)) {
    writeFileSync(path, '');
    for (;;);
  }
  if (order === 'sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (order === 'memory')
    for (const hoard: string[][] = []; ;) hoard.push(new Array<string>(10_000).fill(text + hoard.length));
  if (order === 'exit') process.exit(3);
  if (order === 'starve') {
    // What a busy machine does to a process: no turn for longer than an item may take.
    spawn('sh', ['-c', `sleep 0.8; kill -CONT ${process.pid}`], { stdio: 'ignore' });
    process.kill(process.pid, 'SIGSTOP');
  }
  if (order === 'throw') throw new Error('as ordered');
}

const { definition, ...arithmetic } = realDomainNamed('arithmetic');

const hostile: Domain = {
  ...arithmetic,
  name: 'hostile',
  definition: { ...definition, name: 'hostile', description: 'Does what the answer says.' },
  verify(gold, response): Verification {
    obey(response);
    const verdict = gold === response ? 'CORRECT' : 'INCORRECT';
    return {
      verdict,
      extracted: response,
      stage: 'equal:string',
      boxed: true,
      goldOccurs: response.includes(gold),
    };
  },
  parseAnswer(answer) {
    obey(answer);
    return { ok: true, canonical: answer };
  },
};

export const domains: readonly Domain[] = [hostile];

export function domainNamed(name: string): Domain {
  return name === 'hostile' ? hostile : realDomainNamed(name);
}
