// Takes secrets out of what tools give, before the model, the transcript or anybody else sees it.
// What a tool shows while it still runs (tool-progress) does not pass here.
import { definePlugin, STAGE, type ToolContent, type ToolResult } from '@pith/kernel';

const SECRETS: readonly [pattern: RegExp, shown: string][] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/g, '[private key]'],
  [/\bAKIA[0-9A-Z]{16}\b/g, '[access key]'],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/g, '[token]'],
  [/\b((?:api[_-]?key|password|secret|token)["']?\s*[:=]\s*["']?)[^\s"',;]{6,}/gi, '$1[secret]'],
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
        { call: { name: 'read', input: { path: '.env' }, result: 'API_KEY=4f9d2c81aa\nPORT=8080' }, expect: { result: 'API_KEY=[secret]\nPORT=8080' } },
        { call: { name: 'bash', input: { command: 'cat key.pem' }, result: '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----' }, expect: { result: '[private key]' } },
        { call: { name: 'bash', input: { command: 'aws configure list' }, result: 'access_key  AKIAIOSFODNN7EXAMPLE  env' }, expect: { result: /\[access key\]/ } },
        { call: { name: 'read', input: { path: 'README.md' }, result: 'Ask for a token: it is short.' }, expect: 'same' },
      ],
    }, (next) => async (call, turn) => redactResult(await next(call, turn)));
  },
});
