/** The versioned tables of a component, on either database. */

export interface Schema {
  /** Name of the component, for messages and to detect mix-ups. */
  readonly component: string;
  /** Entry i migrates from version i to i + 1; the last one leads to the current version. Only ever appended to. */
  readonly migrations: readonly string[];
}
