import { balancerError } from '../../errors.ts';
import type { Tokens } from '../oauth-secret.ts';
import { beginCodeFlow, finishCodeFlow } from './code-flow.ts';
import type { OpenIssuer } from './open-issuer.ts';
import type { SignInTools } from './sign-in.ts';

/** Nobody listens there: the browser shows the address with the code in it. */
const DEFAULT_REDIRECT = 'http://127.0.0.1/callback';

/** The person signs in on any machine, and pastes what the issuer answers. */
export async function signInByPaste(issuer: OpenIssuer, { say, askLine, hide, signal }: SignInTools): Promise<Tokens> {
  const begun = await beginCodeFlow(issuer, issuer.options.redirect ?? DEFAULT_REDIRECT);
  say(`Open this address in a browser, on any machine, and sign in:\n${begun.url}\nThen paste what it gives you: a code like CODE#STATE, or the whole address that the browser ends at${issuer.options.redirect === undefined ? ' (a page that cannot be shown; its address is what counts)' : ''}.`);
  return finishCodeFlow(issuer, begun, parsePasted(await askLine('Pasted here: ', signal), issuer), hide);
}

/**
 * `CODE#STATE`, or the address that the browser ended at.
 * @throws PithError ACCOUNT_SIGN_IN_FAILED
 */
function parsePasted(text: string, issuer: OpenIssuer): URLSearchParams {
  const pasted = text.trim();
  const url = URL.parse(pasted);
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (url.searchParams.has('code') || url.searchParams.has('error')) return url.searchParams;
  } else {
    const [, code, state] = /^([^\s#]+)#([^\s#]+)$/.exec(pasted) ?? [];
    // An issuer that names itself with its answers does so in the address only.
    const { issuer: iss, authorization_response_iss_parameter_supported: namesItself } = issuer.configuration.serverMetadata();
    if (code !== undefined && state !== undefined) return new URLSearchParams({ code, state, ...(namesItself ? { iss } : {}) });
  }
  throw balancerError('ACCOUNT_SIGN_IN_FAILED', 'What was pasted is neither CODE#STATE nor an address with a code in it', { hint: 'Begin again, and paste all that the page shows, or the whole address.' });
}
