/**
 * The artifact store as its users see it: write-once folders of files under keys, each with a manifest of hashes.
 *
 * Weights travel by reference: a `CheckpointRef` names a folder here, on every machine that sees the store. A key is
 * written once; writing the same content again finds it, other content under the same key is refused. Nothing
 * half-written is ever visible under a key. The store does not know what the files mean. On a folder: folder/store.ts;
 * on S3: s3/store.ts.
 */

/** Names an artifact; the same shape as soar.common.v1.CheckpointRef. */
export interface CheckpointRef {
  /** Path below the store's root, for example `run-1/step-0/dataset-2/repeat-3`. */
  readonly key: string;
  /** SHA-256 of the manifest's bytes, in hexadecimal; empty: whatever stands under the key. */
  readonly sha256: string;
}

/** One file of an artifact. */
export interface ArtifactFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** An artifact whose files were found as its manifest says. */
export interface Artifact {
  /** Its reference, with the hash of the manifest that was found. */
  readonly ref: CheckpointRef;
  /** Absolute path of the folder. Its files are read only. */
  readonly folder: string;
  /** Files by name, without manifest.json. */
  readonly files: ReadonlyMap<string, ArtifactFile>;
}

/** An artifact as a listing shows it. */
export interface ListedArtifact extends CheckpointRef {
  /** Length of its files together; 0 where its manifest is damaged. */
  readonly bytes: number;
}

/** The lease under which a writer works on the run that a key belongs to (its first segment). */
export interface WriterLease {
  /**
   * The lease's fencing token. 0: no lease, never refused. May rise while the work goes on; the moment of the commit
   * counts.
   */
  readonly fencingToken: number;
}

export const NO_LEASE: WriterLease = { fencingToken: 0 };

export interface ArtifactStore {
  /**
   * Makes an artifact. `write` is given an empty folder and leaves plain files in it; they are hashed, synced and
   * appear under the key all at once. When the key is there with the same content, that one is returned.
   * Throws UserError ALREADY_EXISTS (other content under the key), INVALID_ARGUMENT (a key that could leave the store),
   * FAILED_PRECONDITION (the store has seen a higher fencing token for this run), RESOURCE_EXHAUSTED (the disk is
   * full); whatever `write` throws passes through. Nothing stays behind then.
   */
  put(key: string, write: (folder: string) => Promise<void>, lease?: WriterLease): Promise<CheckpointRef>;
  /**
   * Finds an artifact and verifies every file against its manifest.
   * Throws UserError NOT_FOUND, DATA_LOSS (a file or the manifest is not what the hashes say), INVALID_ARGUMENT.
   */
  open(ref: CheckpointRef): Promise<Artifact>;
  /** The reference of what stands under the key, or undefined. Reads the manifest, not the files. */
  find(key: string): Promise<CheckpointRef | undefined>;
  /**
   * Copies the plain files of a folder from outside (a Hugging Face folder; links to files are followed) into the
   * store. Entries that begin with a dot and subfolders stay behind. Same outcomes as `put`, and NOT_FOUND for a
   * missing folder.
   */
  importFolder(sourceFolder: string, key: string, lease?: WriterLease): Promise<CheckpointRef>;
  /** Artifacts whose keys are `prefix` or lie below it, in order of their key's segments; '' for all. */
  list(prefix: string): AsyncIterable<ListedArtifact>;
  /**
   * Writes one plain file below the root, whole or not at all, over an older one: report.json of a run. `lease` as in
   * `put`.
   */
  writeFile(key: string, content: string | Uint8Array, lease?: WriterLease): Promise<void>;
  /**
   * Removes an artifact, so that nobody finds it from one moment to the next; false where there is none. What a writer
   * or a reader of it is left with is the caller's to know. Throws FAILED_PRECONDITION for a lower fencing token, as
   * `put` does.
   */
  remove(key: string, lease?: WriterLease): Promise<boolean>;
  /** Removes what writers of this machine left that died before they were done. Returns how many folders went. */
  sweep(): Promise<number>;
  /**
   * Removes what writers of any machine left a week ago or earlier and never made an artifact of. Looks through the
   * whole store. Returns how many pieces went.
   */
  sweepAbandoned(): Promise<number>;
}
