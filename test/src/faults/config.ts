/** The environment, for processes that a test starts. The only reader of process.env here. */

/** Ours without SOAR's own settings. */
export function ourEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SOAR_')));
}
