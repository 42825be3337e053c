/** For tests of others: which devices there are. */
export { differentDevices, equalDevices, withoutDevice } from './config.js';
