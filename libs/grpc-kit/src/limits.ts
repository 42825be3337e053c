/**
 * Every bound of the transport in one place: sizes, deadlines, retries, keep-alive. Services may change them per
 * server, client or call. Option names: the README of grpc-js.
 */
import type { ChannelOptions } from '@grpc/grpc-js';

/** Largest message that a server or client accepts. Larger ones are refused by their length prefix, unread. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Default deadline of a call. Calls that compute (train, evaluate, generate) set a longer one. */
export const DEADLINE_MS_DEFAULT = 60_000;
/** Default deadline of a stream: watching a run may take a day. The idle timeout ends a silent one sooner. */
export const STREAM_DEADLINE_MS_DEFAULT = 24 * 60 * 60 * 1_000;
/** Idle timeout of a stream. Streams that wait for something send heartbeats, at least every 5 s. */
export const IDLE_MS_DEFAULT = 60_000;
/**
 * Total attempts of a call while the server is UNAVAILABLE. Retrying is safe: every call that makes something carries
 * a client-given id.
 */
export const ATTEMPTS_MAX = 4;
/** Calls in flight on a server: more than the streams of 64 trainers, less than would exhaust its memory. */
export const CALLS_MAX_DEFAULT = 4_096;
/** Calls per second from one peer. A core answers about 3,000 of the smallest; the services make a few dozen. */
export const CALLS_PER_SECOND_DEFAULT = 2_000;
/** Longest time between the headers of a call and the end of its request: 16 MiB at 5 Mbit/s. */
export const RECEIVE_MS_MAX = 30_000;
/**
 * Health, and reflection, are apart from other calls: anyone may ask for health, and whoever asks sends a name. Of
 * health the older calls give way to newer ones (server/incoming.ts).
 */
export const HEALTH_BOUNDS = {
  callsMax: 256,
  messageBytesMax: 4_096,
  compressed: false,
  receiveMs: 5_000,
  givesWay: true,
} as const;
export const REFLECTION_BOUNDS = {
  callsMax: 64,
  messageBytesMax: 4_096,
  compressed: false,
  receiveMs: RECEIVE_MS_MAX,
  givesWay: false,
} as const;
/** Connections of a server: more than all services and clients of a large installation. */
export const CONNECTIONS_MAX = 1_024;
/** Bytes of requests that a process holds: a share of its memory between these bounds. A peer may hold half of them. */
export const REQUEST_MEMORY_SHARE = 1 / 8;
export const REQUEST_BYTES_MIN = 4 * MESSAGE_BYTES_MAX;
export const REQUEST_BYTES_MAX = 32 * MESSAGE_BYTES_MAX;
/** How long a stopping server waits for calls in flight. */
export const DRAIN_MS_DEFAULT = 3_000;
/** Field violations and text sent with an error: HTTP/2 trailers, which carry status details, hold a few KiB. */
export const VIOLATIONS_SENT_MAX = 16;
export const ERROR_TEXT_CHARS_MAX = 2_000;
export const DETAILS_BYTES_MAX = 4_000;

const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
const FLOW_CONTROL_WINDOW_BYTES = 16 * 1024 * 1024;
const CONCURRENT_STREAMS_MAX = 1_000;

/** Options of both servers and clients. Keep-alive detects a peer that vanished without closing its connection. */
export function transportOptions(messageBytesMax: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    'grpc.max_concurrent_streams': CONCURRENT_STREAMS_MAX,
  };
}

/** Client options: round robin over every address of the target, and bounded retries of calls to `service`. */
export function clientOptions(service: string, messageBytesMax: number, attemptsMax: number): ChannelOptions {
  const retryPolicy = {
    maxAttempts: attemptsMax,
    initialBackoff: '0.1s',
    maxBackoff: '2s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const method = { name: [{ service }], ...(attemptsMax > 1 ? { retryPolicy } : {}) };
  return {
    ...transportOptions(messageBytesMax),
    'grpc.service_config': JSON.stringify({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [method],
    }),
    'grpc.service_config_disable_resolution': 1,
    // An HTTP proxy must not see loopback or cluster traffic.
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // A replaced service has a new address; by default grpc-js resolves names at most every 30 s.
    'grpc.dns_min_time_between_resolutions_ms': 2_000,
    // A request up to the message limit can be retried.
    'grpc.per_rpc_retry_buffer_size': MESSAGE_BYTES_MAX,
    'grpc.retry_buffer_size': 4 * MESSAGE_BYTES_MAX,
  };
}
