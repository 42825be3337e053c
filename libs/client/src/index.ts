/**
 * A client of SOAR for Node and browsers, over the HTTP of a gateway (`soar gateway`, `soar up`):
 *
 *     const soar = connect('http://127.0.0.1:7110');
 *     const { verification } = await soar.verifier.verify({ domain: 'math', item: { gold: '2', response: '2' } });
 *     for await (const { run } of soar.watchRun('run-seed0')) if (run) console.log(run.outerStepsDone);
 *
 * One concept: a client for each service, whose methods are those of the contracts. It speaks Connect, with `fetch`
 * alone. Not here: gRPC (@soar/grpc-kit), and commands (@soar/cli).
 */
export { connect, type Soar, type SoarOptions } from './connect.js';
export { SoarError, type Violation } from './error.js';
export type { WatchOptions } from './watch.js';
export * from '@soar/contracts/descriptors';
