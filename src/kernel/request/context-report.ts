import type { Block, Label, Message, ModelRequest, ToolContent } from '../message.ts';
import { estimateBlock, estimateBy, estimateTool, type ImageRule } from './token-parts.ts';
import { estimateText } from './token-estimate.ts';

/** Blocks of messages that are of one kind: typed, files, the results of one tool … */
export interface MessageKind { kind: string; owner?: string; blocks: number; tokens: number }

/** What a request is made of, with estimates of tokens that are not calibrated. */
export interface ContextReport {
  provider: string;
  model: string;
  system: readonly { id: string; owner: string; stability: 'stable' | 'volatile'; tokens: number }[];
  tools: readonly { name: string; owner: string; tokens: number }[];
  /** Largest first. */
  messages: readonly MessageKind[];
  /** Messages, and what stands around their blocks. */
  count: number;
  tokens: { system: number; tools: number; messages: number };
}

export function reportContext(request: ModelRequest, rule?: ImageRule): ContextReport {
  const { provider, model, system, tools, messages } = request;
  const estimate = estimateBy(rule);
  const sum = (list: readonly { tokens: number }[]): number => list.reduce((total, { tokens }) => total + tokens, 0);
  const sections = system.map((section) => ({ id: section.id, owner: section.owner, stability: section.stability, tokens: Math.ceil(estimateText(section.text)) }));
  const specs = tools.map((tool) => ({ name: tool.name, owner: tool.owner, tokens: Math.ceil(estimateTool(tool)) }));
  return {
    provider, model, system: sections, tools: specs, messages: kindsOf(messages, rule), count: messages.length,
    tokens: { system: sum(sections), tools: tools.length === 0 ? 0 : estimate(tools), messages: messages.reduce((total, message) => total + estimate(message), 0) },
  };
}

/** A part of a request for people: a section of the system prompt, the tools of a plugin, blocks of messages of one kind. */
export interface RequestPart {
  in: 'system' | 'tools' | 'messages';
  name: string;
  owner: string | null;
  stability?: 'stable' | 'volatile';
  /** Tools of an owner, blocks of a kind. */
  count: number;
  tokens: number;
  share: number;
}

/** @param tokens of the whole request, as they are counted: what the parts were estimated at shares them out */
export function toParts(report: ContextReport, tokens: number): RequestPart[] {
  const estimated = report.tokens.system + report.tokens.tools + report.tokens.messages;
  const part = (facts: Omit<RequestPart, 'share'>): RequestPart => {
    const share = estimated === 0 ? 0 : facts.tokens / estimated;
    return { ...facts, tokens: Math.round(share * tokens), share };
  };
  const byOwner = Map.groupBy(report.tools, ({ owner }) => owner);
  return [
    ...report.system.map(({ id, owner, stability, tokens: own }) => part({ in: 'system', name: id, owner, stability, count: 1, tokens: own })),
    ...[...byOwner].map(([owner, tools]) => part({ in: 'tools', name: tools.map(({ name }) => name).join(' '), owner, count: tools.length, tokens: tools.reduce((sum, tool) => sum + tool.tokens, 0) })),
    ...report.messages.map(({ kind, owner, blocks, tokens: own }) => part({ in: 'messages', name: kind, owner: owner ?? null, count: blocks, tokens: own })),
  ];
}

function kindsOf(messages: readonly Message[], rule: ImageRule | undefined): MessageKind[] {
  const kinds = new Map<string, MessageKind>();
  const add = (kind: string, owner: string | undefined, tokens: number): void => {
    const key = `${owner ?? ''} ${kind}`;
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, { kind, ...(owner === undefined ? {} : { owner }), blocks: 1, tokens });
    else Object.assign(known, { blocks: known.blocks + 1, tokens: known.tokens + tokens });
  };
  const tools = new Map<string, string>();
  for (const { role, content } of messages) {
    for (const block of content) {
      if (block.type === 'tool-call') tools.set(block.id, block.name);
      if (block.type !== 'tool-result') {
        add(...nameOf(block, role), estimateBlock(block, rule));
        continue;
      }
      const labelled = block.content.filter(({ label }) => label !== undefined);
      for (const part of labelled) add(...nameOf(part, role), estimateBlock(part, rule));
      const own = labelled.length === 0 ? block : { ...block, content: block.content.filter(({ label }) => label === undefined) };
      add(`results of ${tools.get(block.toolCallId) ?? 'a tool'}`, block.label?.owner, estimateBlock(own, rule));
    }
  }
  return [...kinds.values()].map((kind) => ({ ...kind, tokens: Math.ceil(kind.tokens) })).sort((a, b) => b.tokens - a.tokens || (a.kind < b.kind ? -1 : 1));
}

function nameOf(block: Block | ToolContent, role: Message['role']): [kind: string, owner: string | undefined] {
  const { label }: { label?: Label | undefined } = block;
  if (label !== undefined) return [label.name, label.owner];
  switch (block.type) {
    case 'text': return [role === 'user' ? 'typed' : 'answers', undefined];
    case 'thinking': case 'redacted-thinking': return ['thinking', undefined];
    case 'tool-call': case 'server-tool-call': return ['tool calls', undefined];
    case 'image': return ['images', undefined];
    case 'document': return ['documents', undefined];
    default: return ['other', undefined];
  }
}
