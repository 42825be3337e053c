/** The environment of the processes that a test starts. The only reader of process.env here. */

/** This process's environment without SOAR_* variables. */
export function ourEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SOAR_')));
}
