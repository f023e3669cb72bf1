import { escapeControl } from '@pith/kernel';
import { isRefusal, parseHttpUrl } from '@pith/net';
import { balancerError } from '../../errors.ts';
import { toTokens } from '../issuer-client.ts';
import type { Tokens } from '../oauth-secret.ts';
import type { OpenIssuer } from './open-issuer.ts';
import type { SignInTools } from './sign-in.ts';

/** The person types a short code at a page of the issuer, on any machine; meanwhile the issuer is asked (RFC 8628). */
export async function signInByDevice({ configuration, options }: OpenIssuer, { say, hide, signal }: SignInTools): Promise<Tokens> {
  const { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } = await import('openid-client');
  const device = await initiateDeviceAuthorization(configuration, { ...options.parameters, ...(options.scopes === undefined ? {} : { scope: options.scopes.join(' ') }) });
  hide(device.device_code);
  const page = parseHttpUrl(device.verification_uri);
  if (isRefusal(page)) throw balancerError('ACCOUNT_SIGN_IN_FAILED', `The issuer names a page for devices that is no address: ${page.reason}`);
  say(`Open ${page.href} in a browser, on any machine, and type this code: ${escapeControl(device.user_code.slice(0, 80))}`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.min(device.expires_in, 86_400) * 1000)]);
  return toTokens(await pollDeviceAuthorizationGrant(configuration, device, undefined, { signal: limit }));
}
