import { isAbsolute, join, relative, sep } from 'node:path';
import type { Shown } from './seen.ts';

const RULE = /^([\w*-]+)(?:\(([\s\S]*)\))?$/;
const EDITS: ReadonlySet<string> = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit']);
const READS: ReadonlySet<string> = new Set(['Read', 'Grep', 'Glob', 'LS']);
/** Words, blanks and what stands between commands: such a line can be taken apart without a shell. */
const PLAIN = /^[\w\s./:=@%+,;&|\\-]*$/;
/** Longer ones are not taken apart. */
const LINE_MAX = 10_000;
/** Between two commands; a line break ends one, too. */
const BETWEEN = /&&|\|\||[;&|\n]/;

/**
 * Whether the condition of a hook (`if`, in the form of a permission rule) certainly does not hold, so that the hook need not
 * run. What is in doubt runs it: a guard must not be got around by the way a command is written.
 * @param at `root` is the project's folder
 */
export function isSurelyUnmet(condition: string, { name, input }: Shown, { root, home }: { root: string; home: string }): boolean {
  const rule = RULE.exec(condition.trim());
  if (rule === null) return false;
  const [, tool = '', spec] = rule;
  if (!isOfTool(tool, name)) return true;
  if (spec === undefined || spec === '' || spec === '*') return false;
  if (name === 'Bash') return typeof input['command'] === 'string' && isNoCommand(spec, input['command']);
  if (EDITS.has(name) || READS.has(name)) return isOtherPath(spec, input['file_path'] ?? input['path'], { root, home });
  if (name === 'WebFetch') return isOtherHost(spec, input['url']);
  const parameter = /^([\w-]+):([\s\S]*)$/.exec(spec);
  if (parameter === null) return false;
  const [, key = '', wanted = ''] = parameter;
  return Object.hasOwn(input, key) && !toPattern(wanted).test(String(input[key]));
}

function isOfTool(rule: string, name: string): boolean {
  if (rule === 'Edit' && EDITS.has(name)) return true;
  if (rule === 'Read' && READS.has(name)) return true;
  if ((rule === 'Task' || rule === 'Agent') && (name === 'Task' || name === 'Agent')) return true;
  return toPattern(rule).test(name) || (rule.startsWith('mcp__') && name.startsWith(`${rule}__`));
}

/** Every part of a plain line, without assignments in front, is another command. */
function isNoCommand(spec: string, line: string): boolean {
  if (line.length > LINE_MAX || !PLAIN.test(line)) return false;
  const pattern = toPattern(spec.endsWith(':*') ? `${spec.slice(0, -2)}*` : spec);
  const parts = line.split(BETWEEN).map((part) => part.trim().replace(/^(?:\w+=\S*\s+)*/, '').replaceAll(/\s+/g, ' '));
  // Programs that run others hide what they run.
  return parts.every((part) => !pattern.test(part) && !/^(?:\w+\/)*(?:env|xargs|sudo|doas|sh|bash|zsh|dash|eval|exec|command|builtin|nohup|nice|time|timeout|stdbuf|find|ssh)\b/.test(part) && !part.includes('\\') && !part.startsWith('/') && !part.startsWith('.'));
}

function isOtherPath(spec: string, path: unknown, { root, home }: { root: string; home: string }): boolean {
  if (typeof path !== 'string' || !isAbsolute(path)) return false;
  const glob = spec.split('/').join(sep);
  if (spec.startsWith('//')) return !toGlob(glob.slice(1)).test(path);
  if (spec.startsWith('~/')) return !toGlob(join(home, glob.slice(2))).test(path);
  const inside = relative(root, path);
  const plain = glob.replace(/^\.?[\\/]/, '');
  // As in .gitignore, a name alone stands for it in any folder.
  return !toGlob(plain).test(inside) && !(plain === glob && !plain.includes(sep) && toGlob(`**${sep}${plain}`).test(inside));
}

function isOtherHost(spec: string, url: unknown): boolean {
  const domain = /^domain:(.+)$/.exec(spec)?.[1];
  if (domain === undefined || typeof url !== 'string' || !URL.canParse(url)) return false;
  return new URL(url).hostname.toLowerCase() !== domain.toLowerCase();
}

/** `*` is anything. */
function toPattern(text: string): RegExp {
  return new RegExp(`^${text.split('*').map(escape).join('[\\s\\S]*')}$`);
}

/** `**` is anything, `*` anything within a folder; a folder stands for all in it. */
function toGlob(text: string): RegExp {
  const parts = text.split(/(\*\*[\\/]|\*\*|\*|\?)/).map((part) => {
    if (part.startsWith('**') && part.length > 2) return '(?:.*[\\\\/])?';
    return part === '**' ? '.*' : part === '*' ? '[^\\\\/]*' : part === '?' ? '[^\\\\/]' : escape(part);
  });
  return new RegExp(`^${parts.join('')}(?:[\\\\/].*)?$`, 's');
}

const escape = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
