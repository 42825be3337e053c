/** The flag --plan of the commands that take hours: what they would do, and nothing of it. */
import type { Command } from 'commander';
import { makePlan, type Planned } from '../plan/make-plan.js';
import { planJson, planText } from '../plan/plan-text.js';

export interface PlanFlags {
  readonly plan?: boolean;
  readonly json?: boolean;
}

export function addPlanFlag(command: Command): Command {
  return command.option(
    '--plan',
    'print what would be done and start nothing: every setting, what is wrong, memory, disk, and time from some ' +
      'measured seconds',
  );
}

/** Prints the plan of `command`. The exit code is 2 where it cannot run. */
export async function printPlan(command: string, planned: Planned, { json }: PlanFlags): Promise<void> {
  const plan = await makePlan(planned, () => {
    process.stderr.write('measuring the work on this machine, which takes up to a minute or two\n');
  });
  process.stdout.write(json === true ? `${JSON.stringify(planJson(plan))}\n` : planText(command, plan));
  if (plan.problems.length > 0) process.exitCode = 2;
}
