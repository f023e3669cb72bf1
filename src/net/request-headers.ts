import { EXIT, PithError } from '@pith/kernel';
import type { HttpUrl } from './http-url.ts';

/** They say where a message goes or where it ends; a second opinion on that is how requests are smuggled. */
const OURS = new Set(['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect', 'proxy-authorization', 'proxy-connection', 'accept-encoding']);

/** @throws PithError NET_REQUEST_INVALID */
export function toRequestHeaders(url: HttpUrl, given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { host: toHostHeader(url), 'accept-encoding': 'gzip, br', 'user-agent': 'pith', accept: '*/*', connection: 'close' };
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (OURS.has(lower)) throw new PithError(`The header ${name} cannot be set; it belongs to the connection`, { code: 'NET_REQUEST_INVALID', exitCode: EXIT.usage, hint: 'Leave it out.' });
    headers[lower] = value;
  }
  return headers;
}

function toHostHeader({ name, address, scheme, port }: HttpUrl): string {
  const host = address?.family === 6 ? `[${name}]` : name;
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}
