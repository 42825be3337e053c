/**
 * Environment variables of ONNX Runtime and of Vulkan: the only file here that uses `process.env`.
 *
 * From 1.29 on its official Linux builds report usage (names and hashes of models, the hardware) to their maker
 * unless this variable forbids it. Nothing of a run leaves the machine, so it is set before the library is loaded:
 * also in the thread that starts workers, since a worker only has a copy of the environment. Source: docs/Privacy.md
 * of ONNX Runtime.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** The environment of a process that tries a provider: this one's, overridden by `extra`. */
export function probeEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** Vulkan drivers that somebody chose in place of the machine's; undefined: those that are installed. */
export const vulkanDriverFiles: string | undefined =
  process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
