/**
 * All exceptions from the checks, each with its reason. No comment in a source turns a rule off. An exception that is
 * no longer needed is a problem itself.
 */

export interface Exception {
  /** Path of the file from the root, or of a folder, ending in '/', for every file in it. */
  readonly path: string;
  /** The part of the problem's message that is the same on every line: `import(no-cycle)`. */
  readonly problem: string;
  readonly reason: string;
}

const exceptions: readonly Exception[] = [
  {
    path: 'libs/verify/src/latex/',
    problem: 'import(no-cycle)',
    reason: 'a recursive-descent parser: a value may be a group, and a group holds values',
  },
];

/**
 * The problems ("path: ..." or "path:line: ...") that no exception covers, and one for each exception that covers none.
 */
export function withoutExceptions(problems: readonly string[], allowed = exceptions): string[] {
  const covers = ({ path, problem }: Exception, found: string): boolean => {
    const [at, ...rest] = found.split(':');
    return (path.endsWith('/') ? at!.startsWith(path) : at === path) && rest.join(':').includes(problem);
  };
  const stale = allowed.filter((exception) => !problems.some((found) => covers(exception, found)));
  return [
    ...problems.filter((found) => !allowed.some((exception) => covers(exception, found))),
    ...stale.map(
      ({ path, problem }) =>
        `test/src/checks/exceptions.ts: nothing in ${path} needs the exception from "${problem}" any more; remove it`,
    ),
  ];
}
