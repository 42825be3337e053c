/**
 * How much processor time another process has used. A grading process on a busy machine may get no turn for half a
 * second; a limit on the clock alone would let load change a verdict.
 */
import { readFileSync } from 'node:fs';

/** Linux counts in 1/100 s whatever the kernel's own tick is (USER_HZ, proc_pid_stat(5)). */
const MS_PER_TICK = 10;

/** User and system time of `pid` in ms; undefined where the system does not report it. */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses, which may hold spaces; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * MS_PER_TICK : undefined;
  } catch {
    return undefined;
  }
}
