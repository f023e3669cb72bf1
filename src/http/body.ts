import type { IncomingMessage } from 'node:http';
import { refuse } from './refusal.ts';

export interface BodyLimits {
  /** Of one body. */
  bodyMaxBytes: number;
  /** Until a body has come whole. */
  bodyMs: number;
}

/** Whether a request has a body, or says that one follows. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

/**
 * A JSON body; an empty one is `{}`.
 * @param begin called once nothing speaks against the body, before it is read
 * @throws PithError of status 400, 408, 413, 415
 */
export async function readJson(request: IncomingMessage, { bodyMaxBytes, bodyMs }: BodyLimits, begin: () => void): Promise<unknown> {
  if (!hasBody(request)) return {};
  const { 'content-type': type = '', 'content-encoding': coding = 'identity', 'content-length': length } = request.headers;
  if (!/^application\/json *(?:;|$)/i.test(type)) throw refuse({ status: 415, code: 'BODY_TYPE', message: `A body is JSON; found ${type === '' ? 'no content-type' : JSON.stringify(type.slice(0, 100))}`, hint: 'Send it with: content-type: application/json' });
  if (coding.toLowerCase() !== 'identity') throw refuse({ status: 415, code: 'BODY_TYPE', message: `A body is not compressed; found ${JSON.stringify(coding.slice(0, 100))}` });
  if (Number(length ?? 0) > bodyMaxBytes) throw tooLarge(bodyMaxBytes);
  begin();
  return toValue(await readBytes(request, { bodyMaxBytes, bodyMs }));
}

function readBytes(request: IncomingMessage, { bodyMaxBytes, bodyMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => end(refuse({ status: 408, code: 'BODY_TIMEOUT', message: `The body did not come whole within ${bodyMs / 1000} s`, headers: { connection: 'close' } })), bodyMs);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', end).off('close', broken);
      if (error === undefined) return resolve(Buffer.concat(parts));
      request.pause();
      reject(error);
    };
    const take = (part: Buffer): void => {
      bytes += part.length;
      if (bytes > bodyMaxBytes) return end(tooLarge(bodyMaxBytes));
      parts.push(part);
    };
    const broken = (): void => end(new Error('The client left before its body had come whole'));
    request.on('data', take).on('end', end).on('close', broken).on('error', () => undefined);
  });
}

function toValue(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // Not what the parser says: it quotes the body, and that may hold a secret.
    throw refuse({ status: 400, code: 'BODY_INVALID', message: 'The body cannot be read as JSON' });
  }
}

function tooLarge(bodyMaxBytes: number): Error {
  // What is left of it is not read, so nothing else can come on this connection.
  return refuse({ status: 413, code: 'BODY_TOO_LARGE', message: `A body has at most ${bodyMaxBytes} bytes`, headers: { connection: 'close' } });
}
