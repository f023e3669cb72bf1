import type { PermissionExplanation, Permissions } from '@pith/kernel';
import { parseCallText, toCall, type WrittenCall } from './policy-tests/call.ts';
import { settle } from './policy-tests/check-cases.ts';
import { type Finding, type Grounds, judgeParts, toJudged, type Tried } from './judge.ts';
import type { PermissionOptions } from './options.ts';
import { parseRule, type Rule } from './rules/rule.ts';
import type { Subject } from './subject.ts';

type Place = Parameters<Permissions['explain']>[1];

const NO_RULES = { deny: [], ask: [], allow: [] };

/** Judges a call that nobody makes, and tells of every rule whether it matched, and why not. */
export async function explain(text: string, { cwd, roots, mode: wanted }: Place, { policy, forbidBypass }: PermissionOptions, at: Omit<Grounds, 'policy'>): Promise<PermissionExplanation> {
  const mode = forbidBypass !== undefined && wanted === 'bypassPermissions' ? 'default' : wanted;
  const written = parseCallText(text);
  const judged = await toJudged(toCall(written, { cwd, roots, mode }), at);
  const { parts, tried, ...found } = judgeParts(judged, { ...at, policy, explains: true });
  const bare = judgeParts(judged, { ...at, policy: NO_RULES });
  const toTold = ({ verdict, rule, source, reason }: Finding) => ({ verdict: settle(verdict, mode), rule, source: source ?? null, reason });
  return {
    call: toText(written), mode, ...toTold(found),
    parts: parts.map((part) => ({ text: part.text, ...toTold(part) })),
    tried: tried!.map(({ subject, list, rule, source, part, matched }) => ({ list, rule, source: source ?? null, part, matched, why: matched === null ? whyNot(parseRule(rule), subject, list) : `matches (${matched})` })),
    withoutRules: bare.parts.map(({ text: part, verdict, reason }) => ({ text: part, verdict: settle(verdict, mode), reason: verdict === 'none' ? `neither mode ${mode} nor a place speaks of it` : reason })),
  };
}

function toText({ tool, text }: WrittenCall): string {
  return text === undefined ? tool : `${tool}(${text})`;
}

function whyNot(rule: Rule, subject: Subject, list: Tried['list']): string {
  switch (rule.kind) {
    case 'tool': return `is about ${rule.name}`;
    case 'command': return subject.kind === 'command' ? whyNotCommand(rule, subject.command.text.trim().replace(/\s+/g, ' '), list) : 'is about commands';
    case 'path': return whyNotPath(rule.access, subject);
    case 'host': return subject.kind === 'url' ? 'is another host, or another port or way to get there' : 'is about addresses';
    case 'mcp': return 'is about another server, or another tool of it';
    case 'agent': return subject.kind === 'agent' ? 'is another agent' : 'is about agents';
  }
}

function whyNotCommand({ words, prefix }: Extract<Rule, { kind: 'command' }>, text: string, list: Tried['list']): string {
  const wanted = words.join(' ');
  if (list !== 'allow' || (text !== wanted && !text.startsWith(`${wanted} `))) return 'other words';
  return prefix ? 'begins with these words, but what follows, or how it is run, is nothing that a prefix may cover' : text === wanted ? 'the words are these, but it is not certain that they are what will run' : 'these words, but not these alone';
}

function whyNotPath(access: 'read' | 'edit', subject: Subject): string {
  if (subject.kind === 'command') return access === 'read' ? 'the command names no such path' : 'the command changes no such path';
  if (subject.kind !== 'path') return 'is about paths';
  return (access === 'read' ? subject.reads : subject.edits) ? 'is another path' : `is about paths that are ${access === 'read' ? 'read' : 'changed'}`;
}
