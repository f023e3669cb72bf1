import { relative, sep } from 'node:path';
import type { Subject } from './subject.ts';

/**
 * The rule that would cover this call and as little else as a rule can: what an answer “always” stands for. Nothing
 * where no rule can say it.
 */
export function suggestRule(subjects: readonly Subject[], tool: string): string | undefined {
  const rules = new Set(subjects.map((subject) => suggestFor(subject, tool)));
  const [only] = rules;
  return rules.size === 1 ? only : undefined;
}

function suggestFor(subject: Subject, tool: string): string | undefined {
  if (tool.startsWith('mcp__')) return tool;
  switch (subject.kind) {
    case 'command': return subject.command.simple === undefined ? undefined : `Bash(${subject.command.text.trim()})`;
    case 'path': return suggestPath(subject);
    case 'url': return subject.url === null ? undefined : `WebFetch(domain:${subject.url.host})`;
    case 'agent': return `Agent(${subject.name})`;
    case 'other': return undefined;
  }
}

function suggestPath({ place, root, edits, reads }: Extract<Subject, { kind: 'path' }>): string | undefined {
  const [real] = place?.real ?? [];
  if (real === undefined || edits === reads) return undefined;
  const glob = root === undefined || real === root ? `/${real}` : `/${relative(root, real)}`;
  return `${edits ? 'Edit' : 'Read'}(${glob.replaceAll(sep, '/').replace(/[\\*?[]/g, '\\$&')})`;
}
