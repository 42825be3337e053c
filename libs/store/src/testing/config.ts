/** Settings of this library's tests, from the environment. The only reader of process.env here. */

import { delimiter } from 'node:path';

/** The folders of PATH. */
export const pathFolders = (process.env['PATH'] ?? '').split(delimiter);

/** Whether this is continuous integration, where no test may be skipped. */
export const isContinuousIntegration = process.env['CI'] === 'true';
