/**
 * The rules of a run that stand between fields of its configuration, or between it and the problems, beside those of
 * run_config.proto and of training. Whoever takes a run's inputs (command line, coordinator) checks them here, so that
 * a run is refused with one message wherever it is asked for.
 */
import type { RunConfig, TeacherConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { RewardKind } from './gen/soar/metareward/v1/score_pb.js';
import type { FieldViolation } from './validate.js';

/** What a configuration is used with. */
export interface ConfigContext {
  /** Names that a configuration may use. */
  readonly domains: readonly string[];
  /** Size of the train split; undefined where it is not known, or no run draws from it. */
  readonly trainProblems?: number | undefined;
}

/** Every broken rule, by field as in JSON and YAML. */
export function contextViolations(
  config: RunConfig,
  { domains, trainProblems = Infinity }: ConfigContext,
): FieldViolation[] {
  const { domain, reward, promotion, rewardQuestions } = config;
  const found: FieldViolation[] = [];
  if (config.domainDefinition === undefined && !domains.includes(domain)) {
    const description = `unknown domain ${JSON.stringify(domain)}; known: ${domains.join(', ')}`;
    found.push({ field: 'domain', description });
  }
  if (reward === RewardKind.LEARNABILITY && promotion?.disabled !== true) {
    const description =
      'must be true where the reward is learnability: no student is trained, so none can be promoted';
    found.push({ field: 'promotion.disabled', description });
  }
  const { datasetGroupSize: group, teacher } = config;
  if (teacher !== undefined) found.push(...turnViolations(teacher));
  const datasets = teacher?.datasets ?? group;
  if (group === 1 || (datasets > group && group > 0 && datasets % group !== 0)) {
    const description =
      `${datasets} datasets cannot be compared in groups of ${group}: ` +
      'expected a divisor of teacher.datasets, at least 2, or 0 for all';
    found.push({ field: 'datasetGroupSize', description });
  }
  if (rewardQuestions > trainProblems) {
    const description =
      `${rewardQuestions} reward questions cannot be drawn from ${trainProblems} train problems; ` +
      `lower it to at most ${trainProblems}`;
    found.push({ field: 'rewardQuestions', description });
  }
  return found;
}

/** The second turn goes on where the first one ends: a chat behind a chat, a text behind a text. */
function turnViolations({ prompt, answerPrompt }: TeacherConfig): FieldViolation[] {
  if (answerPrompt === undefined) return [];
  const field = 'teacher.answerPrompt';
  if (answerPrompt.messages.length === 0 && answerPrompt.text === '')
    return [{ field, description: 'expected messages or text that ask for the answer' }];
  const form = answerPrompt.messages.length > 0 ? 'messages' : 'text';
  if ((prompt?.[form] ?? '').length > 0) return [];
  const description =
    `it is given as ${form}, so teacher.prompt must be given as ${form} too, and ask for the question alone: the ` +
    "domain's own prompt asks for the answer as well";
  return [{ field, description }];
}
