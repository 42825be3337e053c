/**
 * Every bound of the transport in one place: sizes, deadlines, retries, keep-alive. Services may narrow or widen them
 * per server, client or call; nothing here is unbounded. Names of the options: README of grpc-js.
 */
import type { ChannelOptions } from '@grpc/grpc-js';

/** Largest message a server or client accepts; refused from its length prefix, before it is read or parsed. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Deadline of a call that names none. Calls that compute (train, evaluate, generate) name a longer one. */
export const DEADLINE_MS_DEFAULT = 60_000;
/** Deadline of a stream that names none: following a run may take a day. Silence ends it sooner. */
export const STREAM_DEADLINE_MS_DEFAULT = 24 * 60 * 60 * 1_000;
/** Longest silence of a stream. Streams that wait for something send heartbeats, at least every 5 s. */
export const IDLE_MS_DEFAULT = 60_000;
/**
 * Attempts of a call in all while the server is UNAVAILABLE. Every call that makes something carries a client-given id.
 */
export const ATTEMPTS_MAX = 4;
/** Calls that a server handles at a time: above what 64 trainers' streams come to, below what memory bears. */
export const CALLS_MAX_DEFAULT = 4_096;
/** Calls of one peer a second. A core answers about 3,000 of the smallest; the services make a few dozen. */
export const CALLS_PER_SECOND_DEFAULT = 2_000;
/** How long a stopping server lets calls in flight finish. */
export const DRAIN_MS_DEFAULT = 3_000;
/** Field violations and text sent with an error: status details travel in HTTP/2 trailers of a few KiB. */
export const VIOLATIONS_SENT_MAX = 16;
export const ERROR_TEXT_CHARS_MAX = 2_000;
export const DETAILS_BYTES_MAX = 4_000;

const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
const FLOW_CONTROL_WINDOW_BYTES = 16 * 1024 * 1024;
const CONCURRENT_STREAMS_MAX = 1_000;

/** What servers and clients share. Keep-alive finds a peer that vanished without closing its connection. */
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
    // Services talk to services; a proxy meant for the web must not see loopback or cluster traffic.
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // A service that is replaced comes back under another address; grpc-js would ask for it every 30 s at most.
    'grpc.dns_min_time_between_resolutions_ms': 2_000,
    // A request up to the message limit can be sent again.
    'grpc.per_rpc_retry_buffer_size': MESSAGE_BYTES_MAX,
    'grpc.retry_buffer_size': 4 * MESSAGE_BYTES_MAX,
  };
}
