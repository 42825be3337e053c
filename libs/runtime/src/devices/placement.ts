/**
 * Where the nodes of our graphs run on a device. ONNX Runtime gives the CPU what the device's provider has no kernel
 * for, and says so in its most verbose log alone: so a process of its own starts a session for every graph, and its log
 * is read. Its format is that of the release that package.json pins.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';

/** Where a graph's nodes run. */
export interface Placement {
  readonly graph: string;
  readonly onDevice: number;
  /** Operations of ONNX that the CPU does, with how many nodes. */
  readonly onCpu: Readonly<Record<string, number>>;
  /** Tensors that are copied from the device for them. */
  readonly copiesToHost: number;
}

/** What stands before the log of each graph. */
export const GRAPH_MARK = '@@graph ';

const MS_MAX = 120_000;

/** Starts a session for every graph in a process of its own. Throws UserError where no device starts. */
export async function placements(): Promise<Placement[]> {
  const process_ = spawn(
    process.execPath,
    [fileURLToPath(new URL('./placement-process.js', import.meta.url))],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: MS_MAX,
    },
  );
  let log = '';
  process_.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    process_.on('error', reject).on('close', resolve);
  });
  if (code === 0) return readPlacements(log);
  throw new UserError(
    `the placement of nodes cannot be read: a process that starts every graph on the device ended with ${code}`,
    'FAILED_PRECONDITION',
    'webgpu',
    { cause: new Error(log.slice(-2_000)) },
  );
}

function readPlacements(log: string): Placement[] {
  return log
    .split(GRAPH_MARK)
    .slice(1)
    .map((part) => {
      const [graph, ...lines] = part.split('\n');
      let [onDevice, copiesToHost, provider] = [0, 0, ''];
      const onCpu: Record<string, number> = {};
      for (const line of lines) {
        const placed = /odes?(?:\(s\))? placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
        if (placed !== null) {
          provider = placed[1]!;
          if (provider === 'WebGpuExecutionProvider') onDevice += Number(placed[2]);
        }
        const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/.exec(line)?.[1];
        if (node === 'MemcpyToHost') copiesToHost++;
        else if (node !== undefined && provider === 'CPUExecutionProvider') {
          onCpu[node] = (onCpu[node] ?? 0) + 1;
        }
      }
      return { graph: graph!.trim(), onDevice, onCpu, copiesToHost };
    });
}
