import { totalmem } from 'node:os';

/** What a request, a reply and a connection may take. */
export interface ProxyLimits {
  /** A request above it is sent once and not retried. */
  replayMaxBytes: number;
  /** A request above it is refused. */
  bodyMaxBytes: number;
  /** Of the bodies of all requests that are held at once. */
  bodiesMaxBytes: number;
  /** Of the head of a request. */
  headMaxBytes: number;
  /** How much is kept of a reply to find its usage in. */
  streamBodyMaxBytes: number;
  /** At once, from clients. */
  connections: number;
  /** At once, to one server. */
  upstreamConnections: number;
  /** Until the head of a request has come whole. */
  headMs: number;
  /** How long a client may send nothing of its body, or take nothing of its reply. */
  clientIdleMs: number;
  /** How long a connection without a request stays open. */
  keepAliveMs: number;
  connectMs: number;
  /** Until the head of a reply. A long answer in one piece takes its time. */
  replyHeadMs: number;
  /** Between two pieces of a reply. */
  replyIdleMs: number;
  /** How long a stream that has begun with nothing but pings is held back, to see whether it fails. */
  beginningMs: number;
  /** How long requests may go on when the proxy is told to stop. */
  graceMs: number;
}

const MiB = 1024 * 1024;
/** Where a container may use less than its machine has, that counts; without one a number beyond all machines, or 0. */
const MEMORY = Math.min(totalmem(), process.constrainedMemory() || Infinity);

export const PROXY_LIMITS: ProxyLimits = {
  replayMaxBytes: 32 * MiB, bodyMaxBytes: 256 * MiB, bodiesMaxBytes: Math.min(1024 * MiB, Math.floor(MEMORY / 4)), headMaxBytes: 32 * 1024, streamBodyMaxBytes: 256 * 1024, connections: 4096, upstreamConnections: 4096,
  headMs: 30_000, clientIdleMs: 60_000, keepAliveMs: 60_000, connectMs: 10_000, replyHeadMs: 600_000, replyIdleMs: 300_000, beginningMs: 2_000, graceMs: 30_000,
};
