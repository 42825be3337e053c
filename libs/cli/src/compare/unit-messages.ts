/** Converts units between the coordinator's messages and the JSON of their files, in both directions. */
import {
  type AskedQuestion as AskedMessage,
  type ComparisonUnit,
  ComparisonUnitSchema,
  create,
  type MessageInitShape,
  type StudentUnit as StudentMessage,
  StudentUnitSchema,
  type TeacherUnit as TeacherMessage,
  TeacherUnitSchema,
  type UnitCost,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import type {
  ArmName,
  AskedQuestion,
  Cost,
  StudentUnit,
  TeacherName,
  TeacherUnit,
  Unit,
} from '@soar/experiments';

/** A unit as its file holds it. */
export function unitOf({ name, result }: ComparisonUnit): Unit {
  switch (result.case) {
    case 'teacher':
      return teacherOf(result.value);
    case 'student':
      return studentOf(result.value);
    case undefined:
      throw new InvariantError(`compare: unit ${name} is neither a teacher nor a student`);
  }
}

/** A unit of a file as a message. */
export function unitMessage(name: string, unit: Unit): ComparisonUnit {
  const result =
    unit.unit === 'teacher'
      ? ({ case: 'teacher', value: create(TeacherUnitSchema, teacherMessage(unit)) } as const)
      : ({ case: 'student', value: create(StudentUnitSchema, studentMessage(unit)) } as const);
  return create(ComparisonUnitSchema, { name, result });
}

function teacherOf(message: TeacherMessage): TeacherUnit {
  const { teacher, teacherSeed, steps, promotions, questions, hiddenDiversity, stoppedAt } = message;
  return {
    unit: 'teacher',
    teacher: teacher as TeacherName,
    teacherSeed,
    steps: steps.map((step) => ({
      step: step.step,
      rewards: [...step.rewards],
      repeatRewards: step.repeatRewards.map(({ values }) => [...values]),
      movingAverage: step.movingAverage,
      baselineAccuracy: step.baselineAccuracy,
      kinds: { ...step.kinds },
      ...given('correctAnswers', step.correctAnswers),
      ...given('promoted', step.promoted),
    })),
    promotions: promotions.map(({ step, reward, questions }) => ({
      step,
      reward,
      questions: questions.map(askedOf),
    })),
    questions: questions.map(askedOf),
    ...(hiddenDiversity === undefined
      ? {}
      : {
          hiddenDiversity: {
            asked: hiddenDiversity.asked,
            ...given('promoted', hiddenDiversity.promoted),
          },
        }),
    ...given('stoppedAt', stoppedAt),
    wellFormed: message.wellFormed,
    cost: costOf(message.cost),
  };
}

function teacherMessage(unit: TeacherUnit): MessageInitShape<typeof TeacherUnitSchema> {
  const { unit: _, steps, promotions, questions, hiddenDiversity, ...rest } = unit;
  return {
    ...rest,
    steps: steps.map(({ rewards, repeatRewards, ...step }) => ({
      ...step,
      rewards: [...rewards],
      repeatRewards: repeatRewards.map((values) => ({ values: [...values] })),
    })),
    promotions: promotions.map(({ questions, ...promotion }) => ({
      ...promotion,
      questions: [...questions],
    })),
    questions: [...questions],
    ...given('hiddenDiversity', hiddenDiversity),
  };
}

function studentOf(message: StudentMessage): StudentUnit {
  const { arm, teacherSeed, studentSeed, training, heldOut, stopStep, cost } = message;
  return {
    unit: 'student',
    arm: arm as ArmName,
    ...given('teacherSeed', teacherSeed),
    studentSeed,
    training: training.map(({ stage, reward, accuracy }) => ({ stage, reward, accuracy })),
    heldOut: heldOut.map(({ step, samples, correct }) => ({ step, samples, correct: [...correct] })),
    ...given('stopStep', stopStep),
    cost: costOf(cost),
  };
}

function studentMessage(unit: StudentUnit): MessageInitShape<typeof StudentUnitSchema> {
  const { unit: _, training, heldOut, ...rest } = unit;
  return {
    ...rest,
    training: [...training],
    heldOut: heldOut.map(({ correct, ...outcomes }) => ({ ...outcomes, correct: [...correct] })),
  };
}

function askedOf({ question, answer, kind, wellPosed, correct }: AskedMessage): AskedQuestion {
  return { question, answer, kind, ...given('wellPosed', wellPosed), ...given('correct', correct) };
}

function costOf(cost: UnitCost | undefined): Cost {
  const { tokens, steps = 0, seconds = 0, workerSeconds } = cost ?? {};
  return { ...given('tokens', tokens), steps, seconds, ...given('workerSeconds', workerSeconds) };
}

/** An object with the property, or empty if the value is undefined. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
