import { isDeepStrictEqual } from 'node:util';
import type { ToolResult } from '@pith/kernel';
import type { Fields, Seen } from './seen.ts';
import { ownWords, TOOL_WORDS, type ToolWords } from './tool-words.ts';

interface Call { name: string; input: unknown }

const wordsOf = (name: string): ToolWords => (Object.hasOwn(TOOL_WORDS, name) ? TOOL_WORDS[name]! : ownWords(name));

/** What hooks see of a call. An input that is no object is none of theirs, and goes as it is. */
export function showCall({ name, input }: Call, at: { cwd: string }): readonly Seen[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [[{ name: wordsOf(name).show({}, at)[0]?.[0]?.name ?? name, input: input as Fields }]];
  const seen = wordsOf(name).show(input as Fields, at);
  // A call that seems to do nothing must be seen all the same.
  return seen.length > 0 ? seen : [[{ name, input: input as Fields }]];
}

/** What one hook wants of one thing that the call does: the fields that it changed, `undefined` for those that it took away. */
export function changesOf(shown: Fields, updated: Fields): Fields {
  const changed: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(shown), ...Object.keys(updated)])) {
    if (!isDeepStrictEqual(shown[key], updated[key])) changed[key] = updated[key];
  }
  return changed;
}

/** @returns the input with the changes, in pith's words; nothing where they cannot be carried there */
export function takeChanges({ name, input }: Call, changed: Fields, index: number): Fields | undefined {
  return wordsOf(name).take(input as Fields, changed, index);
}

/** A result in the form that theirs has: what scripts look at most. */
export function showResult(tool: string, result: ToolResult, shown: Fields): unknown {
  const text = textOf(result);
  switch (tool) {
    case 'Bash': return { stdout: text, stderr: '', interrupted: false, isImage: false };
    case 'Write': case 'Edit': case 'MultiEdit': return { filePath: shown['file_path'], success: result.isError !== true };
    case 'Read': return { type: 'text', file: { filePath: shown['file_path'], content: text } };
    default: return { content: [{ type: 'text', text }] };
  }
}

export function textOf({ content }: Pick<ToolResult, 'content'>): string {
  return content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join('');
}

/** What a hook puts in the place of a result, as text. */
export function toOutputText(output: unknown): string {
  if (typeof output === 'string') return output;
  const { stdout, content } = (typeof output === 'object' && output !== null ? output : {}) as { stdout?: unknown; content?: unknown };
  if (typeof stdout === 'string') return stdout;
  if (typeof content === 'string') return content;
  if (Array.isArray(content) && content.every((block) => typeof (block as { text?: unknown } | null)?.text === 'string')) return content.map(({ text }: { text: string }) => text).join('');
  return JSON.stringify(output) ?? '';
}
