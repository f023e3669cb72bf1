import type { Agent } from './agent.ts';

type Head = Pick<Agent, 'name' | 'description' | 'color' | 'model' | 'tools' | 'prompt'>;

const KEY = /^([A-Za-z][\w-]*):(?:\s+(.*))?$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u;
/** Longer values are cut: they are shown, and nothing else. */
const VALUE_CHARACTERS = 4096;

/**
 * An agent file: keys between two lines of `---`, then the prompt. Read line by line and not as YAML, as the programs do that these
 * files are written for: a description with a colon in it is common, and no YAML.
 * @returns what is wrong, as a sentence's end, where it is no agent
 */
export function readAgent(text: string): Head | string {
  const lines = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n').split('\n');
  if (lines[0]!.trimEnd() !== '---') return 'does not begin with a line of ---, so it says no name';
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end === -1) return 'has a front matter that never ends; close it with a line of ---';
  const values = readValues(lines.slice(1, end));
  const { name = '', description = '', color = '', model = '' } = Object.fromEntries(['name', 'description', 'color', 'model'].map((key) => [key, values.get(key)?.join('\n')])) as Partial<Record<string, string>>;
  if (!NAME.test(name)) return name === '' ? 'says no name; write name: what-it-is-called between the lines of ---' : 'has a name that is not one of letters, digits, blanks and . _ @ + -';
  const tools = values.get('tools')?.flatMap((each) => each.replaceAll(/^\[|\]$/g, '').split(',')).map((tool) => unquote(tool.trim())).filter((tool) => tool !== '');
  return {
    name, description, color: color === '' ? null : color, model: model === '' || model === 'inherit' ? null : model,
    tools: tools === undefined || tools.length === 0 ? null : tools, prompt: lines.slice(end + 1).join('\n').trim(),
  };
}

/** Each key with its lines: a value, the items of a list, or what is indented below it. */
function readValues(lines: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of lines) {
    const [, key, value = ''] = KEY.exec(line) ?? [];
    if (key !== undefined) {
      last = [];
      if (!values.has(key.toLowerCase())) values.set(key.toLowerCase(), last);
      if (!/^[|>][+-]?$/.test(value.trim()) && value.trim() !== '') last.push(unquote(value.trim().slice(0, VALUE_CHARACTERS)));
    } else if (/^\s+\S|^- /.test(line)) last?.push(unquote(line.trim().replace(/^- /, '').trim()).slice(0, VALUE_CHARACTERS));
  }
  return values;
}

function unquote(text: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/s.exec(text) ?? [];
  if (inner === undefined) return text;
  return quote === '"' ? inner.replaceAll(/\\(["\\nt])/g, (_, each: string) => ({ n: '\n', t: '\t' })[each] ?? each) : inner.replaceAll("''", "'");
}
