import { EXIT, isPithError, PithError, toMessage } from '@pith/kernel';
import type { HttpUrl } from './http-url.ts';
import type { Refusal } from './refusal.ts';

/** The rule that says no. What the address was is said by the clause, which never holds a path or a query. */
export function refused({ refused: rule, reason }: Refusal): PithError {
  const hint = {
    text: 'Write the address as https://HOST/PATH.', scheme: 'Use https, or let a person open plain http with allow_http.', credentials: 'Send credentials in a header.',
    address: 'A person can open this machine with allow_loopback, or one private host with allow_hosts.', resolver: 'Look whether the name is right. Names are looked up on this machine, also where a proxy is used.', redirect: 'Use the address that is pointed to.',
  }[rule];
  return new PithError(`The request is refused: ${reason}`, { code: 'NET_REFUSED', exitCode: EXIT.refused, hint, details: { rule } });
}

export function redirected(url: HttpUrl, status: number, location: string | undefined): PithError {
  // Made absolute for whoever reads it; nothing follows it.
  const target = location === undefined ? null : (URL.parse(location, url.href)?.href ?? location).slice(0, 2048);
  return new PithError(`${url.name} answered ${status}, a redirect; redirects are not followed`, {
    code: 'NET_REDIRECTED', exitCode: EXIT.provider, hint: 'Ask for the address that it points to, if that is what you want.', details: { status, location: target },
  });
}

export function tookTooLong(timeoutMs: number): PithError {
  return new PithError(`The request took longer than ${timeoutMs / 1000} s`, { code: 'NET_TIMEOUT', exitCode: EXIT.provider, hint: 'Try again later, or allow it more time.' });
}

export function idleTooLong(host: string, idleMs: number): PithError {
  return new PithError(`${host} sent nothing for ${idleMs / 1000} s`, { code: 'NET_TIMEOUT', exitCode: EXIT.provider, hint: 'Try again later.' });
}

/** Whatever a socket, a parser or a decoder threw, as one sentence. */
export function toFetchError(error: unknown, host = 'the host'): PithError {
  if (isPithError(error)) return error;
  // Several addresses were tried: the first failure stands for all.
  const first = error instanceof AggregateError ? error.errors[0] as unknown : error;
  const code = String((first as NodeJS.ErrnoException | undefined)?.code ?? '');
  const about = { exitCode: EXIT.provider, cause: error, details: { cause: code } };
  if (code.startsWith('HPE_') || code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR')) {
    return new PithError(`${host} sent a reply that cannot be read: ${toMessage(first)}`, { ...about, code: 'NET_REPLY_INVALID' });
  }
  if (/CERT|SIGNATURE/.test(code)) {
    return new PithError(`The certificate of ${host} is not accepted: ${toMessage(first)}`, { ...about, code: 'NET_TLS_FAILED', hint: 'A company’s own certificates are named with NODE_EXTRA_CA_CERTS.' });
  }
  if (/^ERR_(TLS|SSL)|^EPROTO/.test(code)) return new PithError(`No secure connection to ${host}: ${toMessage(first)}`, { ...about, code: 'NET_TLS_FAILED', hint: 'Look whether this port speaks https.' });
  return new PithError(`The connection to ${host} failed: ${toMessage(first)}`, { ...about, code: 'NET_FAILED', hint: 'Try again later.' });
}
