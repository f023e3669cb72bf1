import { type Effect, type Mode, nearest, PithError, type PreparedCall, type Target } from '@pith/kernel';
import type { Rule } from '../rules/rule.ts';

/** What the input of a rule family holds, and what the tool does. */
export interface Family { field: string; effect: Effect; toTarget: (value: string) => Target }

export const FAMILIES: Readonly<Record<string, Family>> = {
  Bash: { field: 'command', effect: 'exec', toTarget: (command) => ({ family: 'Bash', command }) },
  Read: { field: 'file_path', effect: 'read', toTarget: (path) => ({ family: 'Read', path }) },
  Edit: { field: 'file_path', effect: 'write', toTarget: (path) => ({ family: 'Edit', path }) },
  Write: { field: 'file_path', effect: 'write', toTarget: (path) => ({ family: 'Edit', path }) },
  WebFetch: { field: 'url', effect: 'network', toTarget: (url) => ({ family: 'WebFetch', url }) },
};

const AGENT: Family = { field: 'name', effect: 'agent', toTarget: (name) => ({ family: 'Agent', name }) };

/** A call as a person writes it: a family with what it touches, or the name of a tool, whose input does not matter. */
export interface WrittenCall { tool: string; text?: string }

/** Where a call is thought to happen. */
export interface CallPlace { cwd: string; roots: readonly string[]; mode: Mode }

/** The call that a tool of this family would make. */
export function toCall({ tool, text }: WrittenCall, { cwd, roots, mode }: CallPlace): PreparedCall {
  const family = text === undefined ? undefined : tool === 'Agent' ? AGENT : FAMILIES[tool];
  return {
    id: '', name: tool, owner: '', input: text === undefined ? {} : { [family!.field]: text }, effect: family?.effect ?? 'exec', targets: family === undefined ? [] : [family.toTarget(text!)],
    cwd, roots, mode, origin: 'agent', runId: '', execution: { wrapProcess: [], env: {} },
  };
}

/**
 * Reads `Bash(rm -rf x)`, `Edit(src/a.ts)`, `WebFetch(https://…)`, `Agent(reviewer)`, `mcp__server__tool`. Any other text is a command
 * line.
 * @throws PithError CASE_INVALID for no text, and for a slip in a name, which no shell would take for a command either
 */
export function parseCallText(text: string): WrittenCall {
  const [, tool, inner] = /^([A-Za-z]+)\(([^]*)\)$/.exec(text) ?? [];
  if (tool !== undefined && (tool === 'Agent' || Object.hasOwn(FAMILIES, tool))) return { tool, text: inner! };
  const [near] = tool === undefined ? [] : nearest(tool, ['Agent', ...Object.keys(FAMILIES)]);
  if (near !== undefined && !/^\s*(?:\)|$)/.test(inner!)) throw invalid(`${JSON.stringify(text)} names no call; did you mean ${near}(…)?`);
  if (text.trim() === '') throw invalid('There is no call');
  return /^mcp__\w[\w-]*$/.test(text) ? { tool: text } : { tool: 'Bash', text };
}

function invalid(message: string): PithError {
  return new PithError(message, { code: 'CASE_INVALID', hint: 'A call is written as Bash(npm test), Edit(src/a.ts), Read(.env), WebFetch(https://example.org/), Agent(name) or mcp__server__tool; any other text is a command line.' });
}

/** A call in the words of a rule: for `Edit(src/**)` a path, for `Bash(make)` a command line. */
export function toCallOf(rule: Rule, text: string): WrittenCall {
  switch (rule.kind) {
    case 'command': return { tool: 'Bash', text };
    case 'path': return { tool: rule.access === 'read' ? 'Read' : 'Edit', text };
    case 'host': return { tool: 'WebFetch', text };
    case 'agent': return { tool: 'Agent', text };
    case 'mcp': return { tool: text };
    case 'tool': return rule.name === 'Agent' || Object.hasOwn(FAMILIES, rule.name) ? { tool: rule.name, text } : { tool: text };
  }
}
