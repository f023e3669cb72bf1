import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** For programs, and for a browser that shows an answer all the same: it runs nothing of it, and shows it in no frame. */
const SECURITY: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'cache-control': 'no-store',
};
/** As much goes out before it is looked whether the reader takes it. */
const PIECE_BYTES = 64 * 1024;

export interface WriteOptions {
  /** Only the head is wanted. */
  isHead: boolean;
  /** A reader that takes nothing for so long is left. */
  stallMs: number;
}

/** An answer of a handler on its way out, piece by piece as the reader takes it. Settles when it is out, or the reader is gone. */
export async function writeResponse(response: ServerResponse, answer: Response, { isHead, stallMs }: WriteOptions): Promise<void> {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const headers: Record<string, string | string[]> = { ...SECURITY, ...Object.fromEntries(answer.headers) };
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  if (response.destroyed) return answer.body?.cancel();
  if (isStream) {
    // Nothing comes after a stream: whoever was left because it reads too slowly has lost the connection, too.
    response.writeHead(answer.status, { ...headers, connection: 'close' });
    if (isHead || answer.body === null) await answer.body?.cancel();
    else await writeStream(response, answer.body, stallMs);
  } else {
    const bytes = Buffer.from(await answer.arrayBuffer());
    const hasNone = answer.status === 204 || answer.status === 304;
    response.writeHead(answer.status, hasNone ? headers : { ...headers, 'content-length': String(bytes.length) });
    const shown = isHead || hasNone ? Buffer.alloc(0) : bytes;
    for (let at = 0; at < shown.length; at += PIECE_BYTES) if (!await writePiece(response, shown.subarray(at, at + PIECE_BYTES), stallMs)) return;
  }
  await end(response, stallMs);
}

async function writeStream(response: ServerResponse, body: ReadableStream<Uint8Array>, stallMs: number): Promise<void> {
  response.flushHeaders();
  const reader = body.getReader();
  const leave = (): void => void reader.cancel().catch(() => undefined); // It has ended by itself.
  response.once('close', leave);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) if (!await writePiece(response, next.value, stallMs)) return;
  } catch {
    response.destroy(); // Cut, so that nobody takes it for whole.
  } finally {
    response.off('close', leave);
    leave();
  }
}

/** @returns whether the reader is still there */
async function writePiece(response: ServerResponse, bytes: Uint8Array, stallMs: number): Promise<boolean> {
  if (response.destroyed) return false;
  if (!response.write(bytes)) await settled(response, 'drain', stallMs);
  return !response.destroyed;
}

async function end(response: ServerResponse, stallMs: number): Promise<void> {
  if (response.destroyed) return;
  response.end();
  if (!response.writableFinished) await settled(response, 'finish', stallMs);
}

/** Until the event, or the end of the connection, which comes at the latest after `stallMs`. */
async function settled(response: ServerResponse, event: 'drain' | 'finish', stallMs: number): Promise<void> {
  const waiting = new AbortController();
  const timer = setTimeout(() => response.destroy(), stallMs);
  try {
    await Promise.race([once(response, event, { signal: waiting.signal }), once(response, 'close', { signal: waiting.signal })]);
  } catch {
    response.destroy(); // An error of the connection is its end.
  } finally {
    clearTimeout(timer);
    waiting.abort();
  }
}
