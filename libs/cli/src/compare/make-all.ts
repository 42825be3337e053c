/**
 * Makes every unit that is missing: teachers first, each teacher's students as it is done, a bounded number of each at
 * a time. A unit is kept before anybody hears of it; what is kept is not made again.
 */
import type { StudentUnit, TeacherUnit, Unit } from '@soar/experiments';
import type { UnitMaker } from './make-units.js';
import type { StudentTask, TeacherTask, Units } from './plan.js';
import type { UnitFiles } from './unit-files.js';

/** Teachers at a time: while one is updated, which takes one worker, the other's students have the rest. */
const TEACHERS_AT_ONCE = 2;

export interface Hearing {
  /** A unit is there: made now, or found. */
  onUnit(name: string, unit: Unit, found: boolean): void;
  /** A student has done so many optimizer steps. */
  onStep(name: string, done: number, total: number): void;
  /** Whether no new unit is to be begun. */
  isOver(): boolean;
}

/** Resolves with the units that are there; fewer than planned when `isOver` said so. */
export async function makeAll(
  { teachers, students }: Units,
  files: UnitFiles,
  maker: Pick<UnitMaker, 'makeTeacher' | 'makeStudent'>,
  studentsAtOnce: number,
  hearing: Hearing,
): Promise<Unit[]> {
  const units: Unit[] = [];
  const taught = new Map<string, Promise<TeacherUnit | undefined>>();
  const forTeachers = new Slots(TEACHERS_AT_ONCE);
  const forStudents = new Slots(studentsAtOnce);

  async function unit<U extends Unit>(
    name: string,
    slots: Slots,
    make: () => Promise<U>,
  ): Promise<U | undefined> {
    const found = files.read(name) as U | undefined;
    const made = found ?? (await slots.use(async () => (hearing.isOver() ? undefined : make())));
    if (made === undefined) return undefined;
    if (found === undefined) await files.keep(name, made);
    units.push(made);
    hearing.onUnit(name, made, found !== undefined);
    return made;
  }
  const teach = (task: TeacherTask) =>
    unit<TeacherUnit>(task.name, forTeachers, () => maker.makeTeacher(task));
  const train = async (task: StudentTask) => {
    const teacher = task.teacher === undefined ? undefined : await taught.get(task.teacher.name);
    if (task.teacher !== undefined && teacher === undefined) return;
    const onStep = (done: number, total: number): void => hearing.onStep(task.name, done, total);
    await unit<StudentUnit>(task.name, forStudents, () => maker.makeStudent(task, teacher, onStep));
  };

  for (const task of teachers) taught.set(task.name, teach(task));
  await Promise.all([...taught.values(), ...students.map(train)]);
  return units;
}

/** Lets so many pieces of work go on at a time, in the order in which they came. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
