/** For tests of others: whether there is a device. */
export { withoutDevice } from './config.js';
