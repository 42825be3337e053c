/** A server under attack, and an honest caller of it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beginCall, openSession, partOfMessage, type RawServer, type Role } from '@soar/grpc-kit/testing';

/** Where to attack, and what the attacker has. */
export interface Target extends RawServer {
  /** The token of the honest caller. Absent: the server requires none, or none is known. */
  readonly token?: string | undefined;
  /** Tokens of callers by their role, where they are known. */
  readonly roles?: ReadonlyMap<Role, string> | undefined;
  /** Whether calls without a token are refused. */
  readonly requiresToken: boolean;
  /** Methods of its services, as paths; health and reflection are not among them. */
  readonly methods: readonly string[];
  /** One of them that may be called with an empty message and changes nothing. Absent: none is offered. */
  readonly harmless?: string | undefined;
  /** Its process, where the memory of that can be read. */
  readonly pid?: number | undefined;
}

export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
export const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';
export const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

/** On a busy machine an attack itself takes seconds, in which nobody is answered. */
const CALL_MS_MAX = 15_000;

/** How a call was answered. */
export interface Answer {
  /** undefined: not at all. */
  readonly status: number | undefined;
  readonly message: string;
}

/** A whole call on a connection of its own, as an honest caller makes it. `message`: its bytes; default: empty. */
export async function honestCall(
  target: Pick<Target, 'address' | 'tls' | 'token'>,
  path: string,
  message: Uint8Array = new Uint8Array(),
): Promise<number | undefined> {
  return (await callWith(target, path, message, target.token)).status;
}

/** The same with any token. */
export async function callWith(
  target: RawServer,
  path: string,
  message: Uint8Array,
  token: string | undefined,
): Promise<Answer> {
  const session = await openSession(target).catch(() => undefined);
  if (session === undefined) return { status: undefined, message: '' };
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = beginCall(session, path, headers);
  call.stream.end(Buffer.concat([partOfMessage(message.length, 0), message]));
  const timer = setTimeout(() => call.stream.destroy(), CALL_MS_MAX);
  if (!call.closed) await once(call.stream, 'close').catch(() => undefined);
  clearTimeout(timer);
  session.destroy();
  return { status: call.status, message: call.message };
}

/** Resident memory of a process of this machine, in MiB. */
export function residentMiB(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return Math.round((pages * 4096) / 2 ** 20);
}
