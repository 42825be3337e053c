/**
 * The interface of the artifact store: write-once folders of files under keys, each with a manifest of hashes.
 *
 * Weights travel by reference: a `CheckpointRef` names a folder here, on every machine that sees the store. A key is
 * written once: writing the same content again returns the first artifact, other content is refused. A key never
 * shows a partial artifact. The store does not know what the files mean. On a folder: folder/store.ts; on S3:
 * s3/store.ts.
 */

/** Names an artifact; the same shape as soar.common.v1.CheckpointRef. */
export interface CheckpointRef {
  /** Path below the store's root, for example `run-1/step-0/dataset-2/repeat-3`. */
  readonly key: string;
  /** SHA-256 of the manifest's bytes, in hexadecimal. Empty: any artifact under the key. */
  readonly sha256: string;
}

/** One file of an artifact. */
export interface ArtifactFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** An artifact whose files were verified against its manifest. */
export interface Artifact {
  /** Its reference, with the hash of its manifest. */
  readonly ref: CheckpointRef;
  /** Absolute path of the folder. Its files are read only. */
  readonly folder: string;
  /** Files by name, without manifest.json. */
  readonly files: ReadonlyMap<string, ArtifactFile>;
}

/** An artifact as a listing shows it. */
export interface ListedArtifact extends CheckpointRef {
  /** Total length of its files; 0 if its manifest is damaged. */
  readonly bytes: number;
}

/** The lease under which a writer works on the run that a key belongs to (its first segment). */
export interface WriterLease {
  /**
   * The lease's fencing token. 0: no lease, never refused. May rise during the work; its value at the commit counts.
   */
  readonly fencingToken: number;
}

export const NO_LEASE: WriterLease = { fencingToken: 0 };

export interface ArtifactStore {
  /**
   * Publishes a fencing token that a coordinator was issued by its database, before it is used. From then on this
   * store refuses tokens above the highest that was published.
   */
  issue(fencingToken: number): Promise<void>;
  /** The highest fencing token that was published; 0 if none was. */
  highestIssued(): Promise<number>;
  /**
   * Throws UserError FAILED_PRECONDITION for a fencing token that no coordinator was issued. Every write checks this
   * itself; ask first where work precedes it.
   */
  requireIssued(lease: WriterLease): Promise<void>;
  /**
   * Makes an artifact. `write` puts plain files into the empty folder that it is given. They are hashed, synced and
   * published under the key atomically. If the key already has the same content, that artifact is returned.
   * Throws UserError ALREADY_EXISTS (other content under the key), INVALID_ARGUMENT (a key that could leave the
   * store), FAILED_PRECONDITION (the store has seen a higher fencing token for this run), RESOURCE_EXHAUSTED (the
   * disk is full). Errors of `write` pass through. After an error nothing is left behind.
   */
  put(key: string, write: (folder: string) => Promise<void>, lease?: WriterLease): Promise<CheckpointRef>;
  /**
   * Finds an artifact and verifies every file against its manifest.
   * Throws UserError NOT_FOUND, DATA_LOSS (a file or the manifest does not match its hash), INVALID_ARGUMENT.
   */
  open(ref: CheckpointRef): Promise<Artifact>;
  /** The reference of the artifact under the key, or undefined. Reads the manifest, not the files. */
  find(key: string): Promise<CheckpointRef | undefined>;
  /**
   * Copies the plain files of a folder outside the store (a Hugging Face folder, say) into it. Links to files are
   * followed; subfolders and names that start with a dot are skipped. Outcomes as in `put`, and NOT_FOUND for a
   * missing folder.
   */
  importFolder(sourceFolder: string, key: string, lease?: WriterLease): Promise<CheckpointRef>;
  /** Artifacts whose keys are `prefix` or below it, ordered by the segments of their keys; '' for all. */
  list(prefix: string): AsyncIterable<ListedArtifact>;
  /**
   * Writes one plain file below the root atomically, replacing an older one: report.json of a run. `lease` as in
   * `put`.
   */
  writeFile(key: string, content: string | Uint8Array, lease?: WriterLease): Promise<void>;
  /**
   * Removes an artifact atomically; false if there is none. The caller makes sure that no one still reads or writes
   * it. Throws FAILED_PRECONDITION for a lower fencing token, as `put` does.
   */
  remove(key: string, lease?: WriterLease): Promise<boolean>;
  /** Removes what dead writers of this machine left unfinished. Returns how many folders. */
  sweep(): Promise<number>;
  /**
   * Removes unfinished work of any machine that is at least a week old. Scans the whole store. Returns how many
   * pieces.
   */
  sweepAbandoned(): Promise<number>;
}
