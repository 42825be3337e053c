/**
 * The identity of a build: which version a service is, and hashes of the code that decides its results, by part. Two
 * builds with equal parts give equal results; a comment, a reformatted file or another folder makes no other build. Not
 * here: how services ask each other (proto/soar/build), and what a difference means for a run
 * (services/coordinator/src/builds).
 */
export { type BuildIdentity, buildOf, fingerprintOf } from './build.js';
