/**
 * Environment variables of ONNX Runtime: the only file here that uses `process.env`.
 *
 * From 1.29 on its official Linux builds report usage (names and hashes of models, the hardware) to their maker
 * unless this variable forbids it. Nothing of a run leaves the machine, so it is set before the library is loaded:
 * also in the thread that starts workers, since a worker only has a copy of the environment. Source: docs/Privacy.md
 * of ONNX Runtime.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
