/**
 * A model behind an OpenAI-compatible endpoint that says whether questions are well-posed and their answers right, for
 * domains without an oracle, and embeddings from such an endpoint. For reports alone.
 */
export { type EmbeddingSettings, embeddingSettings, embedTexts, vectorOf } from './embeddings.js';
export { describeJudgement, judge, type JudgedQuestion, type JudgeReport, sampleOf } from './judge.js';
export { JUDGE_JSON_SCHEMA, type JudgeSettings, readJudge, requireSafe } from './settings.js';
