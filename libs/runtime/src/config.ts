/**
 * What ONNX Runtime takes from the environment: the only file here that touches `process.env`.
 *
 * From 1.29 on its official Linux builds report usage (names and hashes of models, the hardware) to their maker unless
 * this variable forbids it. Nothing of a run leaves the machine, so it is set before the library is loaded: by the
 * thread that starts workers too, since a worker has but a copy of the environment. Source: docs/Privacy.md of ONNX
 * Runtime.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
