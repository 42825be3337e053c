/**
 * What Vulkan's loader says of devices, on Linux: ONNX Runtime's binding names none. The loader says it where it is
 * asked to; what other versions say differently is not understood, and then nothing is known.
 */

/** Variables that make it say what it found, and what it made a device of. */
export const LOADER_SPEAKS: Readonly<Record<string, string>> = { VK_LOADER_DEBUG: 'info,layer,driver' };

const ITS_OWN = /^(?:\[Vulkan Loader\] )?(?:INFO|LAYER|DRIVER)\b[A-Z |]*:.*\n?/gm;
const FOUND = /Original order:\s*((?:\n.*\[\d+\] .*)+)/;
const USED = /Using "(.+)" with driver: ".*"/g;

export interface LoaderLog {
  /** Devices that a process was shown, by name. */
  readonly found: readonly string[];
  /** The one that it took; undefined: none, or the loader does not say. */
  readonly used: string | undefined;
  /** What else was written. */
  readonly rest: string;
}

export function readLoaderLog(log: string): LoaderLog {
  const found = [...(FOUND.exec(log)?.[1] ?? '').matchAll(/\[\d+\] (.*\S)/g)].map(([, name]) => name!);
  return { found, used: [...log.matchAll(USED)].at(-1)?.[1], rest: log.replace(ITS_OWN, '').trim() };
}
