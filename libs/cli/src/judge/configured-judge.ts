/**
 * The field `judge` of a run's configuration. It is the command line's: nothing in a run depends on it, so it is not
 * sent to the coordinator, and it may change between a run and its resumption.
 */
import { type JudgeSettings, readJudge, requireSafe } from '@soar/judge';
import { judgeKey } from '../config.js';
import { ConfigFile } from '../config-file.js';

/** The judge in `file`, if there is one. Throws UserError with the line. */
export function configuredJudge(file: string): JudgeSettings | undefined {
  const yaml = new ConfigFile(file);
  const { judge } = yaml.root;
  if (judge === undefined) return undefined;
  return yaml.locating(() => {
    const settings = readJudge(judge);
    requireSafe(settings, judgeKey());
    return settings;
  });
}
