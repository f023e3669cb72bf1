import type { Tokens } from '../oauth-secret.ts';
import { beginCodeFlow, finishCodeFlow } from './code-flow.ts';
import type { OpenIssuer } from './open-issuer.ts';
import { waitForRedirect } from './redirect-server.ts';
import type { SignInTools } from './sign-in.ts';

const DEFAULT_REDIRECT = 'http://127.0.0.1/callback';

/** The person signs in in the browser, which the issuer then sends to a server of this process on loopback. */
export async function signInByBrowser(issuer: OpenIssuer, { say, openBrowser, hide, signal }: SignInTools): Promise<Tokens> {
  const server = await waitForRedirect(issuer.options.redirect ?? DEFAULT_REDIRECT, signal);
  try {
    const begun = await beginCodeFlow(issuer, server.url);
    server.expect(begun.state);
    say(`Sign in in the browser. If none opens, open this address on this machine:\n${begun.url}`);
    openBrowser(begun.url);
    return await finishCodeFlow(issuer, begun, await server.answer, hide);
  } finally {
    await server.close();
  }
}
