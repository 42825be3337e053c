/**
 * A model behind an OpenAI-compatible endpoint that says whether questions are well-posed and their answers right, for
 * domains without an oracle. For reports alone.
 */
export { describeJudgement, judge, type JudgedQuestion, type JudgeReport, sampleOf } from './judge.js';
export { JUDGE_JSON_SCHEMA, type JudgeSettings, readJudge, requireSafe } from './settings.js';
