/**
 * A plan as text or JSON. The text is a YAML file: the configuration as it will be used, which may be given back to
 * `soar run`, under comments that hold the rest. So it can be kept as a whole.
 */
import { type RunConfig, runConfigToJson } from '@soar/contracts';
import { formatBytes } from '@soar/core';
import { parameterCount, trainedCount } from '@soar/runtime';
import { Document, isScalar } from 'yaml';
import { formatSeconds } from '../progress.js';
import { formatTable } from '../report-table.js';
import type { DiskPlan } from './disk.js';
import type { Estimate } from './estimate.js';
import { describeProblems } from './input-problems.js';
import type { MachinePlan } from './machine.js';
import type { Plan, TimePlan } from './make-plan.js';

/** `what`: what was planned, "soar run run.yaml". */
export function planText(what: string, plan: Plan): string {
  const { problems, warnings, recognised, inputs, disk, time, config } = plan;
  const { model, machine } = inputs;
  const sections = [
    problems.length === 0
      ? [`${what}: it can run`]
      : [`${what}: it cannot run`, ...describeProblems(problems).map((line) => `  ${line}`)],
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `warning: ${warning}`)]),
    [...(model ? [`model: ${modelLine(plan)}`] : []), ...recognised],
    ...(machine ? [memoryLines(machine)] : []),
    ...(disk ? [diskLines(disk)] : []),
    ...(time ? [timeLines(time)] : []),
  ].filter((lines) => lines.length > 0);
  const head = sections.map((lines) =>
    lines
      .flatMap((line) => line.split('\n'))
      .map(asComment)
      .join('\n'),
  );
  const body = config === undefined || problems.length > 0 ? '' : `\n${configYaml(config)}`;
  return `${head.join('\n#\n')}\n${body}`;
}

export function planJson(plan: Plan): unknown {
  const { problems, warnings, config, inputs, recognised, disk, time } = plan;
  const { model, machine } = inputs;
  return {
    canRun: problems.length === 0,
    problems,
    warnings,
    config: config && runConfigToJson(config),
    model: model && { folder: model.folder, parameters: parameterCount(model.config) },
    trainedParameters: machine && trainedCount(machine.student),
    problemSets: recognised,
    memory: machine && { trainers: machine.trainers, ...machine.memory },
    disk,
    time: time && {
      ...time,
      rates: {
        ...time.rates,
        student: rateOf(time.rates.student),
        teacher: rateOf(time.rates.teacher),
      },
    },
  };
}

/** The configuration as YAML that can be given back, with what is no value in comments. */
export function configYaml(config: RunConfig): string {
  const document = new Document(runConfigToJson(config), { aliasDuplicateObjects: false });
  const comment = (path: readonly string[], text: string): void => {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = ` ${text}`;
  };
  if (config.student?.rl?.optimizer?.horizonSteps === 0)
    comment(['student', 'rl', 'optimizer', 'horizonSteps'], 'the steps of each training');
  const defaults = [config.teacher?.prompt ? '' : 'teacher', config.student?.prompt ? '' : 'student'].filter(
    Boolean,
  );
  if (defaults.length > 0) {
    document.commentBefore = ` Prompts of ${defaults.join(' and ')}: those of the domain ("soar prompt" prints them).`;
  }
  return document.toString({ lineWidth: 100 });
}

function modelLine({ inputs: { model, machine } }: Plan): string {
  const parameters = parameterCount(model!.config).toLocaleString('en');
  const trained = machine && describeTrained(machine.student);
  return `${model!.folder}, ${parameters} parameters${trained === undefined ? '' : `; ${trained}`}`;
}

function describeTrained(config: MachinePlan['student']): string {
  if (config.adapter === undefined) return 'all are trained';
  return `an adapter of rank ${config.adapter.rank} with ${trainedCount(config).toLocaleString('en')} is trained`;
}

function memoryLines({ memory, compute, trainers }: MachinePlan): string[] {
  const { workers, totalBytes, memoryBytes, sharedBytes, modelBytes, trainingBytes } = memory;
  const each = trainers > 1 ? ` for each of ${trainers} trainers` : '';
  const rows = [
    ...(sharedBytes > 0 ? [['  weights, once for all workers', formatBytes(sharedBytes)]] : []),
    ...(modelBytes > 0 ? [['  a worker: model', formatBytes(modelBytes)]] : []),
    ['  a worker: student, gradients and optimizer', formatBytes(trainingBytes)],
    ['  a worker: sampling', formatBytes(memory.samplingBytes)],
    ['  a worker: a training step', formatBytes(memory.stepBytes)],
  ];
  const cut =
    `${workers} ${workers === 1 ? 'worker' : 'workers'} with ${compute.threads} ` +
    `${compute.threads === 1 ? 'thread' : 'threads'}, micro-batches of ${compute.microBatchTokens} tokens` +
    (compute.recompute ? ', layers computed again' : '');
  return [
    `memory${each}: ${formatBytes(totalBytes)} at most, of ${formatBytes(memoryBytes)} for models; it fits`,
    `  ${cut}`,
    ...formatTable(rows).split('\n'),
  ];
}

function diskLines({ parts, leastBytes, mostBytes, freeBytes: free, where }: DiskPlan): string[] {
  const most = mostBytes > leastBytes ? ` to ${formatBytes(mostBytes)} (if every step promotes)` : '';
  const room = free === undefined ? 'free space is not known' : `${formatBytes(free)} free`;
  const rows = parts.map(({ name, bytes }) => [`  ${name}`, formatBytes(bytes)]);
  return [`disk: ${formatBytes(leastBytes)}${most} in ${where}; ${room}`, ...formatTable(rows).split('\n')];
}

/** In less than this, what is not measured takes longer than what is. */
const BRIEF_SECONDS = 10;

function timeLines({ rates, parts, seconds, sampledTokens }: TimePlan): string[] {
  const { workers, student, teacher, texts, textTokens, tookSeconds } = rates;
  const rows = parts.map(({ name, seconds: own, sampledTokens: tokens }) => [
    `  ${name}`,
    formatSeconds(own.likely),
    `${formatSeconds(own.least)} to ${formatSeconds(own.most)}`,
    tokens.likely === 0 ? '' : `${count(tokens.likely)} tokens`,
  ]);
  const followed = (who: string, { rows: answers, tokens, length, distinct }: typeof student): string =>
    `  ${who}: ${answers} answers of up to ${tokens} tokens; ${length.ended} ended, ` +
    `${Math.round(distinct * answers)} were different`;
  return [
    seconds.most < BRIEF_SECONDS
      ? `time: less than ${BRIEF_SECONDS} s, beside starting and stopping the services`
      : `time: about ${formatSeconds(seconds.likely)}, ${range(seconds, formatSeconds)}`,
    `tokens to be sampled: about ${count(sampledTokens.likely)}, ${range(sampledTokens, count)}`,
    ...formatTable(rows).split('\n'),
    `measured in ${formatSeconds(tookSeconds)} on this machine, ${workers} at a time:`,
    followed('student', student),
    `${followed('teacher', teacher)}, ${Math.round(rates.wellFormed * teacher.rows)} well-formed`,
    `  a training step on ${texts} texts of ${textTokens} tokens`,
    'The first figure: answers stay as long as those measured, each different one is trained on, nothing is promoted.',
    'The least: no answer is right, so without a KL penalty nothing is trained. The most: answers twice as long, all',
    'different, a promotion in every step. Longer answers and more rows than measured are extrapolated. Grading, files',
    'and calls between services come on top.',
  ];
}

function rateOf({ length, seconds, ...rest }: TimePlan['rates']['student']) {
  const { ended, answers } = length;
  return { ...rest, answers, ended, secondsAnAnswer: seconds.at(rest.tokens) };
}

function range({ least, most }: Estimate, shown: (value: number) => string): string {
  return `between ${shown(least)} and ${shown(most)}`;
}

/** "1,234", "56 thousand", "7.8 million". */
function count(value: number): string {
  if (value < 10_000) return Math.round(value).toLocaleString('en');
  if (value < 1e6) return `${Math.round(value / 1e3)} thousand`;
  if (value < 1e9) return `${(value / 1e6).toPrecision(2)} million`;
  return `${(value / 1e9).toPrecision(2)} billion`;
}

function asComment(line: string): string {
  return line === '' ? '#' : `# ${line}`;
}
