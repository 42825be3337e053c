/**
 * What libs/rl asks of a run's configuration, by field: policies are trained on samples of their own distribution, and
 * the teacher's update keeps Proposition 1. These rules follow from the mathematics, not from a single field, so they
 * stand in libs/rl and not in the .proto; whoever reads a configuration (command line, coordinator) checks them here.
 */
import { klViolations, onPolicyViolations, propositionOneViolations, type Violation } from '@soar/rl';
import { type KlConfig, KlPlacement } from './gen/soar/common/v1/common_pb.js';
import type { RunConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { klPenalty } from './kl-penalty.js';
import type { FieldViolation } from './validate.js';

/** The contract's bound, which the validator checks. */
const DATASETS_MAX = 256;

/** Every broken rule; what is missing altogether is the validator's business. */
export function trainingViolations({ teacher, student }: RunConfig): FieldViolation[] {
  const under = (field: string, found: readonly Violation[] = []): FieldViolation[] =>
    found.map(({ setting, message }) => ({ field: `${field}.${setting}`, description: message }));
  return [
    ...under('teacher.sampling', teacher?.sampling && onPolicyViolations(teacher.sampling)),
    ...under(
      'teacher',
      teacher &&
        propositionOneViolations({
          klInReward: teacher.kl?.placement === KlPlacement.REWARD,
          rolloutsPerDataset: Array<number>(Math.min(teacher.datasets, DATASETS_MAX)).fill(
            teacher.questionsPerDataset,
          ),
        }),
    ),
    ...under('teacher', klRules(teacher?.kl)),
    ...under('student.rl', klRules(student?.rl?.kl)),
    ...under('student.rl.sampling', student?.rl?.sampling && onPolicyViolations(student.rl.sampling)),
  ];
}

/** Rules of a penalty that is on. */
function klRules(config: KlConfig | undefined): readonly Violation[] {
  const penalty = klPenalty(config);
  return penalty === undefined ? [] : klViolations(penalty);
}
