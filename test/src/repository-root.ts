/** The repository's root folder, found from the compiled tests (test/dist). */
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
