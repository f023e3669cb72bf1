import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate } from 'node:zlib';
import { type Secrets, toMessage } from '@pith/kernel';
import type { PayloadOptions } from './options.ts';

/** What went to and fro, of one request. */
export interface PayloadSide {
  headers: Readonly<Record<string, string>>;
  /** Nothing where it is no text: such bytes cannot be looked through for secrets. */
  body: string | null;
  /** Of the body, as it was sent. */
  bytes: number;
  /** The body is longer than what is kept. */
  isCut: boolean;
}

export interface Payload { id: string; atMs: number; request: PayloadSide; reply: PayloadSide & { status: number | null } }

/** By name, or as they go over the line: names and values in turn. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>> | readonly string[];

/** Takes along what passes. Bodies as they are on the wire; nothing is held beyond the limit. */
export interface PayloadRecorder {
  request(headers: Headers, bytes: Uint8Array | undefined): void;
  replyHead(status: number, headers: Headers): void;
  reply(chunk: Uint8Array): void;
  /** What was taken along is kept in the background. Harmless twice. */
  end(row?: { status: number | null }): void;
}

export interface Payloads {
  /** Nothing where none are kept. */
  begin(requestId: string): PayloadRecorder | undefined;
  /** Everything that has ended is on the disk. */
  flush(): Promise<void>;
}

/** Whatever they hold is a credential. */
const NEVER = /^(authorization|proxy-authorization|x-api-key|api-key|cookie|set-cookie|x-goog-api-key|x-amz-security-token)$/;
/** More than so many that wait for the disk, and the next one is not kept. */
const WAITING_MAX = 64;
const UNPACK = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

export function payloadFolder(data: string): string {
  return join(data, 'balancer', 'payloads');
}

/** @param setup `say`: why something was not kept; `grown`: so many bytes came to what is kept */
export function createPayloads({ data, secrets, options, now = Date.now, say = () => undefined, grown = () => undefined }: {
  data: string; secrets: Pick<Secrets, 'redact' | 'stream'>; options: PayloadOptions; now?: () => number; say?: (text: string) => void; grown?: (bytes: number) => void;
}): Payloads {
  const writing = new Set<Promise<void>>();
  let isDropping = false;
  const keep = (taken: Taken): void => {
    if (writing.size >= WAITING_MAX) {
      if (!isDropping) say('Payloads come faster than the disk takes them, so some are not kept.');
      isDropping = true;
      return;
    }
    isDropping = false;
    const done = writePayload(data, taken, { secrets, maxBytes: options.maxBytes }).then(grown, (error: unknown) => say(`The payload of request ${taken.id} was not kept: ${toMessage(error)}`)).finally(() => writing.delete(done));
    writing.add(done);
  };
  return {
    begin: (requestId) => (options.keep ? record({ id: requestId, atMs: now() }, { maxBytes: options.maxBytes, keep }) : undefined),
    flush: async () => { while (writing.size > 0) await Promise.all(writing); },
  };
}

/** @returns nothing where none is kept of that request */
export async function readPayload(data: string, id: string): Promise<Payload | undefined> {
  for (const day of (await readdir(payloadFolder(data)).catch(() => [])).sort().reverse()) {
    const text = await readFile(join(payloadFolder(data), day, toFileName(id)), 'utf8').catch(() => undefined); // Mostly it is of another day.
    if (text !== undefined) return JSON.parse(text) as Payload;
  }
  return undefined;
}

interface Side { headers: Headers; parts: Uint8Array[]; kept: number; bytes: number }
interface Taken { id: string; atMs: number; request: Side; reply: Side; status: number | null }

function record({ id, atMs }: { id: string; atMs: number }, { maxBytes, keep }: { maxBytes: number; keep: (taken: Taken) => void }): PayloadRecorder {
  const noSide = (): Side => ({ headers: {}, parts: [], kept: 0, bytes: 0 });
  const taken: Taken = { id, atMs, request: noSide(), reply: noSide(), status: null };
  let hasEnded = false;
  const take = (side: Side, chunk: Uint8Array): void => {
    side.bytes += chunk.length;
    const room = maxBytes - side.kept;
    if (room <= 0 || hasEnded) return;
    // A copy: the chunk may be a part of a buffer that is used again, or of a large one that would be held.
    const part = Uint8Array.from(chunk.subarray(0, room));
    side.parts.push(part);
    side.kept += part.length;
  };
  return {
    request: (headers, bytes) => {
      taken.request.headers = headers;
      if (bytes !== undefined) take(taken.request, bytes);
    },
    replyHead: (status, headers) => {
      taken.status = status;
      taken.reply.headers = headers;
    },
    reply: (chunk) => take(taken.reply, chunk),
    end: (row) => {
      if (hasEnded) return;
      hasEnded = true;
      taken.status ??= row?.status ?? null;
      keep(taken);
    },
  };
}

async function writePayload(data: string, { id, atMs, request, reply, status }: Taken, { secrets, maxBytes }: { secrets: Pick<Secrets, 'redact' | 'stream'>; maxBytes: number }): Promise<number> {
  const payload: Payload = { id, atMs, request: await toSide(request, { secrets, maxBytes }), reply: { status, ...await toSide(reply, { secrets, maxBytes }) } };
  const folder = join(payloadFolder(data), new Date(atMs).toISOString().slice(0, 'YYYY-MM-DD'.length));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(payload);
  await writeFile(join(folder, toFileName(id)), text, { mode: 0o600 });
  return Buffer.byteLength(text);
}

async function toSide({ headers, parts, kept, bytes }: Side, { secrets, maxBytes }: { secrets: Pick<Secrets, 'redact' | 'stream'>; maxBytes: number }): Promise<PayloadSide> {
  const clean: Record<string, string> = {};
  for (const [name, value] of toPairs(headers)) if (value !== undefined && !NEVER.test(name.toLowerCase())) clean[name] = secrets.redact(typeof value === 'string' ? value : value.join(', '));
  const packed = Buffer.concat(parts);
  const encoding = Object.entries(clean).find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  // Of a reply that is passed on as it is, nobody has said it.
  const unpacked = await unpack(packed, encoding ?? (packed[0] === 0x1f && packed[1] === 0x8b ? 'gzip' : undefined), maxBytes);
  const isCut = bytes > kept || (unpacked?.isCut ?? false);
  return { headers: clean, body: unpacked === undefined ? null : toCleanText(unpacked.bytes, { secrets, isCut }), bytes, isCut };
}

function toPairs(headers: Headers): [string, string | readonly string[] | undefined][] {
  if (!isRaw(headers)) return Object.entries(headers);
  return Array.from({ length: headers.length >> 1 }, (_, index) => [headers[index * 2]!, headers[index * 2 + 1]]);
}

function isRaw(headers: Headers): headers is readonly string[] {
  return Array.isArray(headers);
}

/** As much as there is of it, also of one that was cut. @returns nothing where it cannot be unpacked, or is much more than it seems */
async function unpack(bytes: Uint8Array, encoding: string | undefined, maxBytes: number): Promise<{ bytes: Uint8Array; isCut: boolean } | undefined> {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return { bytes, isCut: false };
  const decode = (UNPACK as Partial<Record<string, typeof UNPACK.gzip>>)[encoding];
  if (decode === undefined) return undefined;
  try {
    const flush = encoding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
    const found = await decode(bytes, { finishFlush: flush, maxOutputLength: maxBytes * 16 });
    return { bytes: found.subarray(0, maxBytes), isCut: found.length > maxBytes };
  } catch {
    return undefined;
  }
}

function toCleanText(bytes: Uint8Array, { secrets, isCut }: { secrets: Pick<Secrets, 'stream'>; isCut: boolean }): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
  const stream = secrets.stream();
  const shown = stream.push(text);
  // Where it was cut, what the stream holds back may be the beginning of a secret.
  return isCut ? shown : shown + stream.end();
}

/** Whoever chooses the id chooses no path. */
function toFileName(id: string): string {
  return `${/^[A-Za-z0-9_-]{1,80}$/.test(id) ? id : createHash('sha256').update(id).digest('hex')}.json`;
}
