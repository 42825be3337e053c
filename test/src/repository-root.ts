/** The repository's root folder, from where the compiled tests stand (test/dist). */
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
