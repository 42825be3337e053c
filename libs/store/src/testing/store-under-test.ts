/** What the conformance tests of an artifact store are given, and what each of them is. */
import type { TestContext } from 'node:test';
import type { ArtifactStore } from '../artifacts/store.js';

/** An empty store, and direct access to its contents for tests. */
export interface StoreUnderTest {
  readonly store: ArtifactStore;
  /** The bytes of a plain file in the store. */
  read(key: string): Promise<Buffer>;
  /** Changes or removes a file of an artifact in place. */
  tamper(key: string, file: string, change: (content: Buffer) => Buffer | undefined): Promise<void>;
  /** What unfinished writers left behind. */
  leftovers(): Promise<string[]>;
}

/** A guarantee in words, and a test of it on an empty store. */
export type Fact = readonly [title: string, body: (subject: StoreUnderTest, t: TestContext) => Promise<void>];
