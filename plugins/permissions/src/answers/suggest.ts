import { statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isCertain } from '../rules/cover-command.ts';
import { parseRule } from '../rules/rule.ts';
import type { Subject } from '../subject.ts';

/**
 * The rule that would cover this call and as little else as a rule can: what an answer “always” stands for. Nothing
 * where no rule can say it.
 */
export function suggestRule(subjects: readonly Subject[], tool: string): string | undefined {
  const rules = new Set(subjects.map((subject) => suggestFor(subject, tool)));
  const [only] = rules;
  return rules.size === 1 && only !== undefined && isRule(only) ? only : undefined;
}

/** A name may hold what a rule cannot, and a command may end as a rule does that covers more than it. */
function isRule(text: string): boolean {
  try {
    const rule = parseRule(text);
    return rule.kind !== 'command' || !rule.prefix;
  } catch {
    return false;
  }
}

function suggestFor(subject: Subject, tool: string): string | undefined {
  if (tool.startsWith('mcp__')) return tool;
  switch (subject.kind) {
    case 'command': return isCertain(subject.command) ? `Bash(${subject.command.text.trim()})` : undefined;
    case 'path': return suggestPath(subject);
    case 'url': return subject.url === null ? undefined : `WebFetch(domain:${subject.url.host})`;
    case 'agent': return `Agent(${subject.name})`;
    case 'other': return undefined;
  }
}

function suggestPath({ place, root, edits, reads }: Extract<Subject, { kind: 'path' }>): string | undefined {
  const [real] = place?.real ?? [];
  // The rule of a folder would cover all that is in it.
  if (real === undefined || edits === reads || statSync(real, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const glob = root === undefined || real === root ? `/${real}` : `/${relative(root, real)}`;
  return `${edits ? 'Edit' : 'Read'}(${glob.replaceAll(sep, '/').replace(/[\\*?[]/g, '\\$&')})`;
}
