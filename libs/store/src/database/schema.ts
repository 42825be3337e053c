/** A component's tables and their versions, on either database. */

/** What a component's tables are. */
export interface Schema {
  /** Name of the component, for messages and against mix-ups. */
  readonly component: string;
  /**
   * SQL that leads from version i to i + 1; the last one leads to the version of this software. Never edited, only
   * added to.
   */
  readonly migrations: readonly string[];
}
