/**
 * `npm run bench:models -- --model DIR --python PYTHON`: this engine beside what researchers use, on a pretrained
 * model: PyTorch with peft, transformers, TRL, llama.cpp. Both sides of a row run one after the other, again and again,
 * on the same threads, rows and tokens; what is printed are ratios of medians. Not a test and not in CI: it needs a
 * model, but for the rows that begin with `shipped`, and Python packages (test/bench-models says which).
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UserError } from '@soar/core';
import { rowsOf, type Row } from './rows.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    gguf: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    rows: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    repeats: { type: 'string', default: '2' },
  },
});
const OURS = fileURLToPath(new URL('work.js', import.meta.url));
const PEERS = fileURLToPath(new URL('../../../bench-models/', import.meta.url));
const SIDE_MS_MAX = 3_600_000;

interface Side {
  /** Of each repetition. */
  readonly seconds: readonly number[];
  /** The same as time of the processor, of all threads; not every script knows it. Steadier on a busy machine. */
  readonly cpu_seconds?: readonly number[];
  readonly peak_bytes: number;
}

async function run(command: string, args: readonly string[]): Promise<Side> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: SIDE_MS_MAX });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const last = out.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !last.startsWith('{'))
    throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${errors}`);
  return JSON.parse(last) as Side;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

async function compare({ name, ours, peer, target, memoryTarget }: Row): Promise<void> {
  const sides: [Side[], Side[]] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    const repeats = ['--repeats', values.repeats];
    sides[0].push(await run(process.execPath, [OURS, ours.work, ours.model, ...ours.flags, ...repeats]));
    sides[1].push(await run(values.python, [PEERS + peer.script, peer.model, ...peer.flags, ...repeats]));
  }
  const [mine, other] = sides.map((side) => median(side.flatMap(({ seconds }) => seconds))) as [
    number,
    number,
  ];
  const [mineBytes, otherBytes] = sides.map((side) => Math.max(...side.map((each) => each.peak_bytes))) as [
    number,
    number,
  ];
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  const [mineCpu, otherCpu] = sides.map((side) => median(side.flatMap((each) => each.cpu_seconds ?? []))) as [
    number,
    number,
  ];
  const cpu = Number.isNaN(otherCpu / mineCpu) ? '' : `, CPU time ${(otherCpu / mineCpu).toFixed(2)}x`;
  const speed = `${(other / mine).toFixed(2)}x (wanted ${target}x)${cpu}`;
  const memory =
    memoryTarget === undefined
      ? ''
      : `, memory ${(otherBytes / mineBytes).toFixed(2)}x (wanted ${memoryTarget}x)`;
  process.stdout.write(
    `${name}: ${speed}${memory}; ${mine.toPrecision(3)} s and ${gib(mineBytes)} against ` +
      `${other.toPrecision(3)} s and ${gib(otherBytes)}\n`,
  );
}

const { model = '', gguf, rows: wanted } = values;
const chosen = wanted?.split(',');
const shippedAlone = chosen?.every((name) => name.startsWith('shipped')) === true;
if (!existsSync(model) && !shippedAlone)
  throw new UserError('--model: expected the folder of a pretrained model, such as SmolLM2-135M-Instruct');
for (const row of rowsOf(model, gguf)) {
  if (chosen !== undefined && !chosen.some((name) => row.name.startsWith(name))) continue;
  await compare(row);
}
