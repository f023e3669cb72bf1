import type { Asked } from './asked.ts';
import type { ProxyLimits } from './limits.ts';
import { whyNotOneModel } from './one-model.ts';
import type { KeyAsked, KeyHold, KeyRefusal } from './parts.ts';
import type { Refusal } from './refusal.ts';
import { type BodyFacts, scanWhole } from './scan-body.ts';
import { toText } from './scan-json.ts';

/** What the client's key says to a request: why not, or what is set aside for it; nothing where it has no limits, or nobody needs a key. Later only where a budget has to be asked for. */
export function askKey(asked: Asked, limits: Pick<ProxyLimits, 'bodyMaxBytes'>): KeyHold | KeyRefusal | undefined | Promise<KeyHold | KeyRefusal> {
  const { key, translation, agent, facts } = asked;
  if (key === undefined) return undefined;
  const model = translation?.model ?? agent.model ?? facts.model;
  const told = toKeyAsked(asked, limits);
  return key.refuse?.(model, told) ?? key.hold?.(model, told);
}

function toKeyAsked({ target, method, family, body, plain, facts }: Asked, { bodyMaxBytes }: Pick<ProxyLimits, 'bodyMaxBytes'>): KeyAsked {
  let looked: BodyFacts | undefined;
  const whole = (bytes: Buffer): BodyFacts => looked ??= scanWhole(bytes, facts);
  return {
    endpoint: target.endpoint, path: target.name, method, family, requestBytes: body.rest === undefined ? plain?.length ?? 0 : body.length ?? bodyMaxBytes,
    models: plain === undefined ? [] : [...facts.models, ...facts.otherModels ?? []].map((span) => toText(plain, span) ?? ''),
    output: () => (plain === undefined ? {} : whole(plain)),
    whyNotOneModel: (model) => whyNotOneModel(model, { plain, body, facts: plain === undefined ? facts : whole(plain) }),
  };
}

const TYPES: Readonly<Record<KeyRefusal['status'], Refusal['type']>> = { 400: 'invalid_request_error', 403: 'permission_error', 429: 'rate_limit_error', 503: 'api_error' };

/** As the client is told of it. */
export function toKeyAnswer({ status, message, retryAfterS }: KeyRefusal): Refusal {
  return { status, type: TYPES[status], message, ...(retryAfterS === undefined ? {} : { headers: { 'retry-after': String(retryAfterS) } }) };
}
