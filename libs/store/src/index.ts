/**
 * Storage that outlives a process: artifacts (model folders under keys), the coordinator's run journal and the reward
 * ledger. The only importer of libsql, pg and the AWS SDK. Independent of protobuf: values are bytes, references are
 * plain objects.
 */
export { importedSha256 } from './artifacts/import-folder.js';
export { compareKeys } from './artifacts/keys.js';
export { isArtifactFolder, openArtifactStore } from './artifacts/open.js';
export type {
  Artifact,
  ArtifactFile,
  ArtifactStore,
  CheckpointRef,
  ListedArtifact,
  WriterLease,
} from './artifacts/store.js';
export type { AcquireOptions, Lease } from './database/lease.js';
export { isFolder } from './database/location.js';
export { openRunDatabase } from './journal/open.js';
export { RUN_KIND, type RunDatabase, type RunJournal, type StoredRun } from './journal/run-database.js';
export type { Ledger, LedgerRow } from './ledger/ledger.js';
export { openLedger } from './ledger/open.js';
