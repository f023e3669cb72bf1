import { hostname } from 'node:os';
import { isIP } from 'node:net';
import type { Refusal } from './refusal.ts';

/** What a head says, without the names of this module. */
export interface Head {
  url: string;
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[];
}

export interface GateOptions {
  /** The address that the server listens on. */
  listensOn: string;
  /** Further names that it may be asked by. */
  hosts?: readonly string[];
}

const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/i;

/** @param host a name or an address, with or without brackets */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'));
}

/**
 * Whether a request may be looked at at all: it comes by a name of this server, and from no foreign page. A page that has its own name
 * lead here (DNS rebinding) asks by that name; an address as such cannot be bent so.
 * @returns nothing where it may
 */
export function createGate({ listensOn, hosts = [] }: GateOptions): (head: Head) => Refusal | undefined {
  const named = new Set([hostname(), listensOn, ...hosts].map((name) => name.toLowerCase()));
  const isOwn = (host: string): boolean => {
    const name = toName(host);
    if (name === undefined) return false;
    return LOOPBACK.test(name) || named.has(name) || named.has(host.toLowerCase()) || (!isLoopback(listensOn) && isIP(name) !== 0);
  };
  return ({ url, rawHeaders }) => {
    const host = valuesOf(rawHeaders, 'host');
    if (host.length !== 1) return { status: 400, code: 'REQUEST_INVALID', message: `A request has one Host header; found ${host.length}` };
    if (!isOwn(host[0]!)) return forbidden('HOST_FOREIGN', `This server is not asked by the name ${quote(host[0]!)}`, 'Use the address that it printed, or name this one where the server is started.');
    const coding = valuesOf(rawHeaders, 'transfer-encoding');
    if (coding.length > 1 || (coding.length === 1 && coding[0]!.trim().toLowerCase() !== 'chunked')) return { status: 400, code: 'REQUEST_INVALID', message: `A body is sent whole or chunked; found ${quote(coding.join(', '))}` };
    if (!url.startsWith('/') || url.startsWith('//')) return { status: 400, code: 'REQUEST_INVALID', message: `A request names a path of this server; found ${quote(url)}` };
    const [site] = valuesOf(rawHeaders, 'sec-fetch-site');
    const origins = valuesOf(rawHeaders, 'origin');
    const isForeign = (site !== undefined && site !== 'same-origin' && site !== 'none') || origins.some((origin) => origin !== `http://${host[0]}` && origin !== `https://${host[0]}`);
    return isForeign ? forbidden('ORIGIN_FOREIGN', `A page of another place asks${origins[0] === undefined ? '' : `: ${quote(origins[0])}`}`, 'Only pages of this server, and programs, are answered.') : undefined;
  };
}

/** The name in a Host header; nothing where it has more than one reading. */
function toName(host: string): string | undefined {
  const [, inBrackets, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (inBrackets ?? plain)?.toLowerCase();
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  const found: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) if (rawHeaders[index]!.toLowerCase() === wanted) found.push(rawHeaders[index + 1]!);
  return found;
}

function forbidden(code: string, message: string, hint: string): Refusal {
  return { status: 403, code, message, hint };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
