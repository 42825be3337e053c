/**
 * What must outlive a process: artifacts (model folders under keys), the coordinator's run journal and the reward ledger.
 * The only importer of libsql, pg and the AWS SDK. Knows no protobuf: values are bytes, references are plain objects.
 */
export type {
  Artifact,
  ArtifactFile,
  ArtifactStore,
  CheckpointRef,
  Claim,
  ListedArtifact,
} from './artifacts.js';
export {
  RUN_KIND,
  type Ownership,
  type OwnOptions,
  type RunDatabase,
  type RunJournal,
  type StoredRun,
} from './journal.js';
export { isArtifactFolder, openArtifactStore } from './open-artifact-store.js';
export { compareKeys } from './keys.js';
export type { Ledger, LedgerRow } from './ledger.js';
export { isFolder, openLedger, openRunDatabase } from './store-location.js';
