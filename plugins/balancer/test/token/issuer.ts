import { createHash, randomUUID } from 'node:crypto';
import { startServer } from '@pith/kernel/testing';

/** How the issuer behaves. All of it may change while it runs. */
export interface IssuerRules {
  expiresIn: unknown;
  /** A refresh gives a new refresh token, and the old one is over. */
  rotates: boolean;
  /** How often the old one still gives the same answer. */
  grace: number;
  /** The next token requests are answered with these, one each. */
  answers: { status: number; body: unknown; headers?: Record<string, string> }[];
  /** Token requests are held until then: after the issuer has made its new token. */
  hold: Promise<unknown> | undefined;
  /** The connection breaks in the place of the next answers, after the new token was made. */
  cuts: number;
  /** The person has said yes, on the page for devices. */
  isApproved: boolean;
  /** What the person answers at the authorization page. */
  authorize: 'yes' | 'no';
  /** It says of itself where OpenID Connect wants it, or only where OAuth does. */
  isOpenId: boolean;
  /** Of the token's answer. */
  more: Record<string, unknown>;
}

/** An issuer on 127.0.0.1 with the three ways to sign in, PKCE, rotation and detection of re-use. */
export interface Issuer {
  url: string;
  rules: IssuerRules;
  /** Forms that came to the token endpoint. */
  asked: Record<string, string>[];
  /** Authorization headers of these. */
  basic: (string | undefined)[];
  /** Everything secret that it has given out or was sent. */
  secrets: Set<string>;
  /** Resolves when so many token requests have come. */
  came(count: number): Promise<void>;
  /** A refresh token that it knows. */
  issue(): string;
  isGood(access: string): boolean;
  close(): Promise<void>;
}

export async function startIssuer(given: Partial<IssuerRules> = {}): Promise<Issuer> {
  const rules: IssuerRules = { expiresIn: 3600, rotates: true, grace: 0, answers: [], hold: undefined, cuts: 0, isApproved: true, authorize: 'yes', isOpenId: true, more: {}, ...given };
  const codes = new Map<string, { challenge: string; redirect: string }>();
  const refreshes = new Map<string, { answer?: object; again: number }>();
  const good = new Set<string>();
  const secrets = new Set<string>();
  const asked: Issuer['asked'] = [];
  const basic: Issuer['basic'] = [];
  const waiting = new Set<() => void>();
  const make = (kind: string): string => {
    const text = `${kind}-${randomUUID()}`;
    secrets.add(text);
    return text;
  };
  const issue = (): string => {
    const refresh = make('refresh');
    refreshes.set(refresh, { again: 0 });
    return refresh;
  };
  const tokens = (refresh: string | undefined): object => {
    const access = make('access');
    good.add(access);
    return { access_token: access, token_type: 'Bearer', ...(rules.expiresIn === undefined ? {} : { expires_in: rules.expiresIn }), ...(refresh === undefined ? {} : { refresh_token: refresh }), ...rules.more };
  };
  const refused = (error: string, description: string): { status: number; body: object } => ({ status: 400, body: { error, error_description: description } });

  function answer(form: Record<string, string>): { status: number; body: unknown; headers?: Record<string, string> } {
    const scripted = rules.answers.shift();
    if (scripted !== undefined) return scripted;
    switch (form['grant_type']) {
      case 'authorization_code': {
        const code = codes.get(form['code'] ?? '');
        codes.delete(form['code'] ?? '');
        if (code === undefined) return refused('invalid_grant', 'no such code');
        if (createHash('sha256').update(form['code_verifier'] ?? '').digest('base64url') !== code.challenge) return refused('invalid_grant', 'wrong verifier');
        if (form['redirect_uri'] !== code.redirect) return refused('invalid_grant', 'wrong redirect');
        return { status: 200, body: tokens(issue()) };
      }
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return rules.isApproved ? { status: 200, body: tokens(issue()) } : refused('authorization_pending', 'not yet');
      case 'refresh_token': {
        const given = form['refresh_token'] ?? '';
        const known = refreshes.get(given);
        if (known === undefined) return refused('invalid_grant', `no such token: ${given}`);
        if (known.answer !== undefined && known.again++ < rules.grace) return { status: 200, body: known.answer };
        if (known.answer !== undefined) return refused('invalid_grant', 'it was used before');
        const body = tokens(rules.rotates ? issue() : undefined);
        if (rules.rotates) known.answer = body;
        return { status: 200, body };
      }
      default: return refused('unsupported_grant_type', String(form['grant_type']));
    }
  }

  const server = await startServer(async (request, response) => {
    const url = new URL(request.url!, server.url);
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration': case '/.well-known/oauth-authorization-server':
        if (url.pathname.endsWith('configuration') !== rules.isOpenId) return json(404, {});
        return json(200, { issuer: server.url, authorization_endpoint: `${server.url}/authorize`, token_endpoint: `${server.url}/token`, device_authorization_endpoint: `${server.url}/device`, authorization_response_iss_parameter_supported: true });
      case '/authorize': {
        const { redirect_uri: redirect = '', state = '', code_challenge: challenge = '' } = Object.fromEntries(url.searchParams);
        const back = new URL(redirect);
        back.searchParams.set('state', state);
        back.searchParams.set('iss', server.url);
        if (rules.authorize === 'no') back.searchParams.set('error', 'access_denied');
        else {
          const code = make('code');
          codes.set(code, { challenge, redirect });
          back.searchParams.set('code', code);
        }
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/device': return json(200, { device_code: make('device'), user_code: 'ABCD-EFGH', verification_uri: `${server.url}/activate`, expires_in: 600, interval: 1 });
      case '/token': {
        const form = Object.fromEntries(new URLSearchParams(request.text));
        for (const name of ['refresh_token', 'code_verifier', 'client_secret']) if (form[name] !== undefined) secrets.add(form[name]);
        asked.push(form);
        basic.push(request.headers.authorization);
        const { status, body, headers } = answer(form);
        for (const wake of waiting) wake();
        await rules.hold;
        if (rules.cuts-- > 0) return void request.socket.resetAndDestroy();
        return json(status, body, headers);
      }
      default: return json(404, {});
    }
  });
  return {
    url: server.url, rules, asked, basic, secrets, issue, isGood: (access) => good.has(access), close: server.close,
    came: async (count) => {
      while (asked.length < count) await new Promise<void>((resolve) => { waiting.add(resolve); });
    },
  };
}
