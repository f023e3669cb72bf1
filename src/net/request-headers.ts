import { validateHeaderName, validateHeaderValue } from 'node:http';
import { EXIT, PithError, toMessage } from '@pith/kernel';
import type { HttpUrl } from './http-url.ts';

/** They say where a message goes or where it ends; a second opinion on that is how requests are smuggled. */
const OURS = new Set(['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect', 'proxy-authorization', 'proxy-connection', 'accept-encoding']);

/** @throws PithError NET_REQUEST_INVALID, before anybody is connected to */
export function checkRequest({ method = 'GET', headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> }): void {
  const invalid = (message: string, hint: string, cause?: unknown): PithError => new PithError(message, { code: 'NET_REQUEST_INVALID', exitCode: EXIT.usage, hint, cause });
  if (!/^[A-Z]{1,20}$/.test(method) || method === 'CONNECT' || method === 'TRACE') throw invalid(`The method ${JSON.stringify(method)} is not allowed`, 'Use GET, HEAD, POST, PUT, PATCH or DELETE.');
  for (const [name, value] of Object.entries(headers)) {
    if (OURS.has(name.toLowerCase())) throw invalid(`The header ${name} cannot be set; it belongs to the connection`, 'Leave it out.');
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      throw invalid(`The header ${JSON.stringify(name)} cannot be sent: ${toMessage(error)}`, 'Names are letters, digits and -; values hold no line ends.', error);
    }
  }
}

export function toRequestHeaders(url: HttpUrl, given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { host: toHostHeader(url), connection: 'close', accept: '*/*', 'accept-encoding': 'gzip, br', 'user-agent': 'pith' };
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value;
  return headers;
}

function toHostHeader({ name, address, scheme, port }: HttpUrl): string {
  const host = address?.family === 6 ? `[${name}]` : name;
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}
