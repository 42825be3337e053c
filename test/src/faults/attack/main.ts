/**
 * `npm run attack [-- ADDRESS...]`: the attacks on each address, as a table. Without an address it starts two verifiers
 * on loopback, one with a token and one without, and attacks them and a port for probes. Only attack what is yours.
 *
 * `--tls-ca`, `--tls-client-cert`, `--tls-client-key`: as for every command; the attacker has them too. `--token-file`:
 * of the honest caller alone. `--pid`: a process of this machine whose memory is shown. `--only WORD`: the attacks with
 * this word in their names. Exit code 1 if a promise was not kept.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';
import { FULL, type Seen } from './attack.js';
import { ATTACKS } from './attacks.js';
import { inspect } from './inspect.js';
import { residentMiB, type Target } from './target.js';
import { startVictim, type Victim } from './victim.js';

const FLAGS = {
  'tls-ca': { type: 'string' },
  'tls-client-cert': { type: 'string' },
  'tls-client-key': { type: 'string' },
  'token-file': { type: 'string' },
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
    return { flags: values, contents: new Map<string, string | undefined>(files), addresses: positionals };
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

type Arguments = ReturnType<typeof readArguments>;
type Given = Pick<Target, 'address' | 'tls' | 'token' | 'pid'>;

function targetAt(address: string, { flags, contents }: Arguments): Given {
  const [ca, cert, key] = ['tls-ca', 'tls-client-cert', 'tls-client-key'].map((flag) => contents.get(flag));
  const token = contents.get('token-file')?.trim().split(/\s+/)[0];
  return {
    address,
    ...(ca === undefined ? {} : { tls: { ca, ...(cert && key ? { cert, key } : {}) } }),
    ...(token === undefined ? {} : { token }),
    ...(flags.pid === undefined ? {} : { pid: Number(flags.pid) }),
  };
}

/** Runs all attacks on one address and prints a line for each; whether all promises were kept. */
async function attackAll(given: Given, only: string): Promise<boolean> {
  const target = await inspect(given);
  const { address, requiresToken, methods, pid } = target;
  console.log(`\n${address}: ${methods.length} methods, ${requiresToken ? 'with' : 'without'} a token`);
  let allKept = true;
  for (const { name, promised, run } of ATTACKS.filter((it) => it.name.includes(only))) {
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

async function attackOurOwn(only: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'soar-attack-'));
  const token = 'a-token-for-the-honest-caller';
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token);
  const victims: Victim[] = [];
  try {
    const secured = await startVictim(['--token-file', tokenFile]);
    victims.push(secured);
    const open = await startVictim([]);
    victims.push(open);
    const kept = [
      await attackAll({ address: secured.address, token, pid: secured.pid }, only),
      await attackAll({ address: secured.healthAddress, pid: secured.pid }, only),
      await attackAll({ address: open.address, pid: open.pid }, only),
    ];
    return kept.every(Boolean);
  } finally {
    await Promise.all(victims.map((victim) => victim.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  const given = readArguments();
  const { only } = given.flags;
  let allKept = true;
  if (given.addresses.length === 0) allKept = await attackOurOwn(only);
  for (const address of given.addresses)
    allKept = (await attackAll(targetAt(address, given), only)) && allKept;
  process.exitCode = allKept ? 0 : 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`attack: ${error.message}`);
  process.exitCode = 2;
}
