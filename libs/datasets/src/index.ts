export { formatProblemLines, parseProblemLines, requireDisjoint, type Problem } from './problem-lines.js';
