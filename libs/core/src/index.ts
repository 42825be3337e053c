export * from './bytes.js';
export * from './clock.js';
export * from './concurrency.js';
export * from './errors.js';
export * from './printable.js';
export * from './random.js';
export * from './retry.js';
export * from './semaphore.js';
