/**
 * `npm run attack [-- ADDRESS...]`: the attacks on each address, as a table. Without an address it starts the five
 * services on loopback, once with tokens and roles and once without, and attacks them and a port for probes. Only attack
 * what is yours.
 *
 * `--tls-ca`, `--tls-client-cert`, `--tls-client-key`: as for every command; the attacker has them too. `--token-file`:
 * of the honest caller alone. `--role ROLE=FILE`, as often as there are: tokens of callers, each tried where its role may
 * nothing. `--pid`: a process of this machine whose memory is shown. `--only WORD`: the attacks with
 * this word in their names. Exit code 1 if a promise was not kept.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';
import { type Role, ROLES } from '@soar/grpc-kit/testing';
import { type Attack, FULL, type Seen } from './attack.js';
import { ATTACKS } from './attacks.js';
import { inspect } from './inspect.js';
import { residentMiB, type Target } from './target.js';
import { startVictims } from './victim.js';

const FLAGS = {
  'tls-ca': { type: 'string' },
  'tls-client-cert': { type: 'string' },
  'tls-client-key': { type: 'string' },
  'token-file': { type: 'string' },
  role: { type: 'string', multiple: true },
  pid: { type: 'string' },
  only: { type: 'string', default: '' },
} as const;

/** What was asked for. Throws UserError for what cannot be read. */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: FLAGS });
    const files = (['tls-ca', 'tls-client-cert', 'tls-client-key', 'token-file'] as const).map(
      (flag) => [flag, values[flag] === undefined ? undefined : readFileSync(values[flag], 'utf8')] as const,
    );
    const roles = new Map((values.role ?? []).map(readRole));
    return {
      flags: values,
      contents: new Map<string, string | undefined>(files),
      roles,
      addresses: positionals,
    };
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

/** reader=reader.token */
function readRole(given: string): readonly [Role, string] {
  const [name, file] = given.split('=');
  const role = ROLES.find((known) => known === name);
  if (role === undefined || !file)
    throw new Error(`--role ${given}: expected ROLE=FILE, of ${ROLES.join(', ')}`);
  return [role, firstToken(readFileSync(file, 'utf8'))];
}

function firstToken(text: string): string {
  return text.trim().split(/\s+/)[0]!;
}

type Arguments = ReturnType<typeof readArguments>;
type Given = Pick<Target, 'address' | 'tls' | 'token' | 'roles' | 'pid'>;

function targetAt(address: string, { flags, contents, roles }: Arguments): Given {
  const [ca, cert, key] = ['tls-ca', 'tls-client-cert', 'tls-client-key'].map((flag) => contents.get(flag));
  const file = contents.get('token-file');
  const token = file === undefined ? undefined : firstToken(file);
  return {
    address,
    roles,
    ...(ca === undefined ? {} : { tls: { ca, ...(cert && key ? { cert, key } : {}) } }),
    ...(token === undefined ? {} : { token }),
    ...(flags.pid === undefined ? {} : { pid: Number(flags.pid) }),
  };
}

/** Runs the attacks on one address and prints a line for each; whether all promises were kept. */
async function attackAll(given: Given, chosen: readonly Attack[], name = given.address): Promise<boolean> {
  const target = await inspect(given);
  const { requiresToken, methods, pid } = target;
  console.log(`\n${name}: ${methods.length} methods, ${requiresToken ? 'with' : 'without'} a token`);
  let allKept = true;
  for (const { name, promised, run } of chosen) {
    const seen = await run(target, FULL).catch((error: unknown): Seen => ({
      ok: false,
      text: messageOf(error),
    }));
    allKept &&= seen.ok;
    const memory = pid === undefined ? '' : `; ${residentMiB(pid)} MiB resident`;
    console.log(
      `${seen.ok ? 'ok ' : 'NOT'}  ${name.padEnd(54)}  ${promised.padEnd(42)}  ${seen.text}${memory}`,
    );
  }
  return allKept;
}

/** All attacks on the verifier and its port for probes; on the other services, those that depend on their methods. */
async function attackOurOwn(chosen: readonly Attack[]): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'soar-attack-'));
  let allKept = true;
  try {
    for (const secured of [true, false]) {
      const { services, roles, stop } = await startVictims(join(folder, String(secured)), secured);
      try {
        const token = roles.get('operator');
        for (const { service, address, healthAddress, pid } of services) {
          const own =
            service === 'verifier' ? chosen : chosen.filter(({ eachService }) => eachService === true);
          const given = { address, pid, ...(token === undefined ? {} : { token, roles }) };
          allKept = (await attackAll(given, own, service)) && allKept;
          if (secured && service === 'verifier')
            allKept =
              (await attackAll({ address: healthAddress, pid }, chosen, 'port for probes')) && allKept;
        }
      } finally {
        await stop();
      }
    }
    return allKept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  const given = readArguments();
  const chosen = ATTACKS.filter(({ name }) => name.includes(given.flags.only));
  let allKept = true;
  if (given.addresses.length === 0) allKept = await attackOurOwn(chosen);
  for (const address of given.addresses)
    allKept = (await attackAll(targetAt(address, given), chosen)) && allKept;
  process.exitCode = allKept ? 0 : 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`attack: ${error.message}`);
  process.exitCode = 2;
}
