/** What the environment says to this library's tests. The only reader of process.env here. */

import { delimiter } from 'node:path';

/** Folders in which programs are looked for. */
export const pathFolders = (process.env['PATH'] ?? '').split(delimiter);

/** Whether this is a machine of continuous integration, on which nothing may be left out. */
export const isContinuousIntegration = process.env['CI'] === 'true';
