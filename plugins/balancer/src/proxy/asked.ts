import type { Family } from '../account/account.ts';
import type { RouteFacts } from '../engine.ts';
import { hashOf } from '../strategy/hash.ts';
import type { Body } from './body.ts';
import { decodeBody } from './encoding.ts';
import type { Admitted } from './gate.ts';
import type { RequestFacts } from './headers.ts';
import type { ProxyLimits } from './limits.ts';
import type { AgentFacts, ClientKey, Instead, ProxyParts, Translation } from './parts.ts';
import { type BodyFacts, hasSystem, NAME_MAX, scanBody, scanWhole, withModel } from './scan-body.ts';
import { firstText, systemText } from './system-text.ts';
import type { Target } from './target.ts';

/** A request as it came, and what is known of it. */
export interface Asked {
  method: string;
  target: Target;
  family: Family;
  key: ClientKey | undefined;
  headers: RequestFacts;
  body: Body;
  /** The body as text, where it came compressed. */
  plain: Buffer | undefined;
  facts: BodyFacts;
  agent: AgentFacts;
  conversation: string | undefined;
  translation: Translation | undefined;
  /** What the client gets without any account being asked. */
  instead: Instead | undefined;
}

const NO_FACTS: BodyFacts = { model: null, models: [], isStream: false };
const NO_AGENT: AgentFacts = {};

/** @returns `unreadable` for a compressed body that cannot be read: nobody could say what it asks for */
export function toAsked(method: string, { target, family, key }: Admitted, { headers, body, limits, parts }: { headers: RequestFacts; body: Body; limits: ProxyLimits; parts: ProxyParts }): Asked | 'unreadable' {
  const plain = body.bytes === undefined ? undefined : decodeBody(body.bytes, headers.encoding, limits.replayMaxBytes);
  if (plain === undefined && body.bytes !== undefined) return 'unreadable';
  const facts = plain === undefined ? NO_FACTS : scanBody(plain);
  const { own } = headers;
  const told = parts.agents?.recognise({ system: () => (plain === undefined ? undefined : systemText(plain, hasSystem(plain, facts) ? facts : scanWhole(plain, facts))), first: () => (plain === undefined ? undefined : firstText(plain, scanWhole(plain, facts))), mentions: () => plain?.includes('CLAUDE.md') === true, own, model: facts.model });
  const agent: AgentFacts = told ?? (own['agent'] === undefined && own['project'] === undefined ? NO_AGENT : { ...(own['agent'] === undefined ? {} : { agent: own['agent'] }), ...(own['project'] === undefined ? {} : { project: own['project'] }) });
  const translated = plain === undefined || body.rest !== undefined ? undefined : parts.translator?.translate({ endpoint: target.endpoint, model: agent.model ?? facts.model, body: plain });
  const [translation, instead] = translated === undefined || 'kind' in translated ? [undefined, translated] : [translated, undefined];
  return { method, target, family: translation?.family ?? family, key, headers, body, plain, facts, agent, conversation: toName(own['conversation'] ?? facts.conversation), translation, instead };
}

/** Clients name their conversations as they like, and those that go on are kept. */
const toName = (text: string | undefined): string | undefined => (text === undefined || text.length <= NAME_MAX ? text : `${text.slice(0, NAME_MAX)}${hashOf(text)}`);

/** What the engine chooses an account by. */
export function toRouteFacts({ family, key, headers, body, plain, facts, agent, conversation, translation }: Asked, requestId: string): RouteFacts {
  const route: RouteFacts = {
    requestId, family, model: translation?.model ?? agent.model ?? facts.model, replayable: body.rest === undefined,
    isBackground: headers.own['background'] === 'true' || headers.own['background'] === '1',
  };
  if (conversation !== undefined) route.conversation = conversation;
  else if (plain !== undefined && facts.firstMessage !== undefined) route.cachePrefix = hashPrefix(plain, facts);
  if (key?.accounts !== undefined) route.accounts = key.accounts;
  if (agent.agent !== undefined) route.agent = agent.agent;
  return route;
}

/** The bytes that go up to an account, and whether they are still compressed as the client did. */
export function toSent({ body, plain, facts, translation }: Asked, model: string | null): { bytes: Buffer | undefined; isCoded: boolean } {
  const source = translation?.body ?? plain;
  if (source === undefined || model === null || model === (translation?.model ?? facts.model)) return translation === undefined ? { bytes: body.bytes, isCoded: true } : { bytes: translation.body, isCoded: false };
  return { bytes: withModel(source, translation === undefined ? facts : scanBody(source), model), isCoded: false };
}

/** So much of each part is enough to tell one conversation from another. */
const HASHED = 2048;

/** Of what a conversation begins with: tools, system prompt, first message. A collision would only share an account. */
function hashPrefix(bytes: Buffer, { model, system, tools, firstMessage }: BodyFacts): string {
  let [high, low] = [0x811c9dc5, 0x9e3779b9];
  for (const span of [tools, system, firstMessage]) {
    if (span === undefined) continue;
    const end = Math.min(span.end, span.start + HASHED);
    for (let place = span.start; place < end; place++) {
      high = Math.imul(high ^ bytes[place]!, 0x01000193);
      low = Math.imul(low + bytes[place]!, 0x85ebca6b) ^ (low >>> 13);
    }
    low ^= span.end - span.start;
  }
  return `${model ?? ''}:${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}
