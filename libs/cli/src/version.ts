/** The version of the command, which is that of the whole repository. */
import { createRequire } from 'node:module';

export const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };
