/**
 * What this machine says of its graphics devices, without a driver: ONNX Runtime's binding names no adapter, its
 * features or its memory. On other systems than Linux nothing is known beforehand.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { vulkanDriverFiles } from '../config.js';

export interface MachineDevices {
  /** Graphics devices by name, as far as the kernel knows them. */
  readonly graphics: readonly string[];
  /** Files that name Vulkan drivers; of an installed loader. */
  readonly vulkanDrivers: readonly string[];
  /** Bytes of the largest device; undefined: not known. */
  readonly memoryBytes: number | undefined;
}

/** What a device is taken to have where nothing says how much. */
export const DEVICE_BYTES_DEFAULT = 4 * 2 ** 30;

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const DRM = '/sys/class/drm';
const NVIDIA = '/proc/driver/nvidia/gpus';
/** Time that nvidia-smi has to answer. */
export const SMI_MS_MAX = 5_000;

export async function machineDevices(): Promise<MachineDevices> {
  const cards = entries(DRM).filter((name) => name.startsWith('renderD'));
  const nvidia = entries(NVIDIA).map(
    (name) => /Model:\s*(.+)/.exec(text(join(NVIDIA, name, 'information')))?.[1],
  );
  const graphics = [
    ...cards.map((name) => {
      const id = (part: string): string =>
        text(join(DRM, name, 'device', part))
          .trim()
          .replace('0x', '');
      return `${name} (PCI ${id('vendor')}:${id('device')})`;
    }),
    ...nvidia.filter((model) => model !== undefined),
  ];
  const video = cards.map((name) => Number(text(join(DRM, name, 'device', 'mem_info_vram_total'))));
  const memory = Math.max(0, ...video, ...(nvidia.length > 0 ? await nvidiaBytes() : []));
  return { graphics, vulkanDrivers: vulkanDrivers(), memoryBytes: memory > 0 ? memory : undefined };
}

/** Whether there is a graphics device, and not only a driver that computes on the CPU. */
export function hasGraphics({ graphics }: MachineDevices): boolean {
  return process.platform !== 'linux' || graphics.length > 0;
}

function vulkanDrivers(): string[] {
  if (vulkanDriverFiles !== undefined) return vulkanDriverFiles.split(delimiter).filter(existsSync);
  return DRIVER_FOLDERS.flatMap((folder) =>
    entries(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name)),
  );
}

async function nvidiaBytes(): Promise<number[]> {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: SMI_MS_MAX });
    return stdout.split('\n').flatMap((line) => (Number(line) > 0 ? [Number(line) * 2 ** 20] : []));
  } catch {
    return []; // not installed, or without a driver: then its memory is not known
  }
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
