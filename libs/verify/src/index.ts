export { boxesOf } from './extract/boxes.js';
export { rewardOf, type Verdict, type Verification, type VerifyOptions } from './verdict.js';
export { parseAnswer, verify } from './verify.js';
