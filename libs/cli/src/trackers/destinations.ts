/**
 * The trackers that flags name, checked before any work: folders can be written, servers answer. For a run as it goes;
 * `soar runs export` without --follow writes a run once (export-files.ts).
 */
import { join } from 'node:path';
import { UserError } from '@soar/core';
import {
  type Destination,
  EventFolder,
  experimentOf,
  type Interpreter,
  JsonLinesFile,
  MlflowRun,
  type MlflowServer,
  mlflowUrl,
  requirePython,
  WandbPipe,
} from '@soar/trackers';
import { defaultPython, defaultTrackingUri, mlflowToken, pythonEnvironment } from '../config.js';
import { requireWritable } from '../files.js';

export const TRACKERS = ['tensorboard', 'jsonl', 'mlflow', 'wandb'] as const;
export type TrackerName = (typeof TRACKERS)[number];

/** Default folder of trackers that read files, the same in every command. */
export const TRACKERS_FOLDER = 'trackers';
/** Default experiment of MLflow. */
export const EXPERIMENT = 'soar';

export interface TrackerSettings {
  /** Folder for files, with a place for each tracker. */
  readonly folder: string;
  readonly trackingUri?: string | undefined;
  readonly experiment?: string | undefined;
  /** Interpreter for W&B. */
  readonly python?: string | undefined;
}

/** Throws UserError. */
export async function destinations(
  names: readonly TrackerName[],
  settings: TrackerSettings,
): Promise<Destination[]> {
  const found: Destination[] = [];
  for (const name of names) found.push({ name, open: await opener(name, settings) });
  return found;
}

async function opener(name: TrackerName, settings: TrackerSettings): Promise<Destination['open']> {
  if (name === 'mlflow') {
    const { server, experiment } = mlflowOf(settings);
    await experimentOf(server, experiment);
    return (head, signal) => MlflowRun.open({ ...server, signal }, experiment, head);
  }
  const folder = join(settings.folder, name);
  requireWritable(join(folder, 'trial'));
  if (name === 'wandb') {
    const interpreter = await wandbOf(settings);
    return (head, signal) => WandbPipe.open(interpreter, folder, head, signal);
  }
  return (head) => (name === 'jsonl' ? JsonLinesFile.open(folder, head) : EventFolder.open(folder, head));
}

/** The Python that reports to W&B, and works. Throws UserError. */
export async function wandbOf({ python = defaultPython() }: TrackerSettings): Promise<Interpreter> {
  const interpreter = { python, env: pythonEnvironment() };
  await requirePython(interpreter);
  return interpreter;
}

/** The MLflow server that flags and environment name. Throws UserError. */
export function mlflowOf({ trackingUri, experiment }: TrackerSettings): {
  readonly server: MlflowServer;
  readonly experiment: string;
} {
  const uri = trackingUri ?? defaultTrackingUri();
  if (uri === undefined)
    throw new UserError(
      '--tracking-uri: expected the address of an MLflow server, such as http://127.0.0.1:5000',
      'INVALID_ARGUMENT',
      '--tracking-uri',
    );
  const token = mlflowToken();
  return { server: { url: mlflowUrl(uri, token), token }, experiment: experiment ?? EXPERIMENT };
}
