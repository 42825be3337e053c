/**
 * A bound on the connections of a server. Beyond it the oldest that serves nothing is closed: first those that never
 * brought a whole request (half a handshake, no word at all), then idle ones, whose clients connect again when they
 * need to. So a crowd of silent connections keeps nobody out. If all of them are at work, the new one is closed.
 */
import type { Socket } from 'node:net';

/** One connection, from the moment it is accepted. */
export interface Connection {
  /** Calls in progress whose request is whole. */
  calls: number;
  /** Whether it has brought a whole request. */
  hasServed: boolean;
}

export class Connections {
  /** Oldest first. */
  private readonly open = new Map<string, Connection & { readonly socket: Socket }>();

  constructor(private readonly connectionsMax: number) {}

  /** A connection was accepted; there may be no TLS and no HTTP/2 on it yet. */
  accept(socket: Socket): void {
    const key = keyOf(socket);
    if (this.open.size >= this.connectionsMax && !this.closeOne()) {
      socket.destroy();
      return;
    }
    this.open.set(key, { calls: 0, hasServed: false, socket });
    socket.once('close', () => this.open.delete(key));
  }

  /** The connection under a stream. `socket`: that of its HTTP/2 session, which may be the TLS one. */
  of(socket: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined): Connection | undefined {
    return socket && this.open.get(keyOf(socket));
  }

  private closeOne(): boolean {
    for (const hasServed of [false, true]) {
      for (const [key, connection] of this.open) {
        if (connection.calls > 0 || connection.hasServed !== hasServed) continue;
        this.open.delete(key);
        connection.socket.destroy();
        return true;
      }
    }
    return false;
  }
}

/** TLS wraps the socket that was accepted, but not its addresses. */
function keyOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
