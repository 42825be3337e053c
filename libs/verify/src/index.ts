export { boxesOf } from './extract/boxes.js';
export * as rational from './exact/rational.js';
export { choiceOf } from './extract/choices.js';
export { isOptionName, readOptions, type OptionsReading, type VerifyOptions } from './options.js';
export { rewardOf, type Verdict, type Verification } from './verdict.js';
export { parseAnswer, verify, type AnswerReading } from './verify.js';
