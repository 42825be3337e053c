/**
 * What the whole-system tests use of the command line. Everything else of this package is the `soar` command (main.ts).
 */
export { createProgram } from './program.js';
export { presetConfig, presetNames, loadRunConfig } from './run-config.js';
