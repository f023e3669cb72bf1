// Takes out of what tools give what only this company calls a secret, before the model, the transcript or anybody else sees
// it. Keys, tokens and the values of key variables pith masks by itself: `[secret:NAME]`.
// What a tool shows while it still runs (tool-progress) does not pass here.
import { definePlugin, STAGE, type ToolContent, type ToolResult } from '@pith/kernel';

const SECRETS: readonly [pattern: RegExp, shown: string][] = [
  [/\bKD-\d{6,}\b/g, '[customer]'],
  [/\b(?:[\w-]+\.)+corp\.example\.com\b/g, '[host]'],
  [/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[account]'],
  [/\b(pass(?:word|phrase)["']?\s*[:=]\s*["']?)(?!\[secret)[^\s"',;]{6,}/gi, '$1[secret]'],
];

export function redact(text: string): string {
  return SECRETS.reduce((left, [pattern, shown]) => left.replaceAll(pattern, shown), text);
}

/** The same result where there was nothing to take out: then nobody is told that it was changed. */
export function redactResult(result: ToolResult): ToolResult {
  const content = result.content.map((block): ToolContent => (block.type === 'text' ? { ...block, text: redact(block.text) } : block));
  const details = result.details === undefined ? undefined : redactDeep(result.details);
  const isSame = JSON.stringify([content, details]) === JSON.stringify([result.content, result.details]);
  return isSame ? result : { ...result, content, ...(details === undefined ? {} : { details }) };
}

/** What JSON carries of the details, each text of it redacted. */
function redactDeep(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner));
}

export default definePlugin({
  name: 'redact-secrets',
  setup({ hooks }) {
    hooks.tool.tap({
      name: 'redact',
      // Further out than others, so that what they add is seen, too.
      stage: STAGE.early,
      examples: [
        { call: { name: 'read', input: { path: 'customers.csv' }, result: 'KD-204711;Ada\nKD-204712;Alan' }, expect: { result: '[customer];Ada\n[customer];Alan' } },
        { call: { name: 'bash', input: { command: 'getent hosts db' }, result: '10.9.8.7 db.eu.corp.example.com' }, expect: { result: '10.9.8.7 [host]' } },
        { call: { name: 'read', input: { path: 'invoice.txt' }, result: 'Pay to DE89 3704 0044 0532 0130 00, please.' }, expect: { result: /\[account\], please/ } },
        { call: { name: 'read', input: { path: 'README.md' }, result: 'Ask for a password: it is short.' }, expect: 'same' },
      ],
    }, (next) => async (call, turn) => redactResult(await next(call, turn)));
  },
});
