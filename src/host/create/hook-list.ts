const HOOKS = /^([^\n]*?)\bhooks\s*:\s*\[([^[\]]*)\]/gm;
const TEXTS = /^\s*(?:(?:'[^'"\\\n]*'|"[^'"\\\n]*")\s*(?:,\s*|$))*$/;

export function newConfig(hook: string): string {
  return `import { defineConfig } from '@pith/kernel';\n\nexport default defineConfig({ hooks: ['${hook}'] });\n`;
}

/**
 * The text of a pith.config with one more hook file. Only a plain list of texts is added to.
 * @returns nothing where the list is written in any other way: then a person has to
 */
export function addToConfig(text: string, hook: string): string | undefined {
  const [found, another] = [...text.matchAll(HOOKS)];
  const [, before = '', list = ''] = found ?? [];
  // Of two lists, of one in a comment, and of one that is computed, nobody here knows which counts.
  if (found === undefined || another !== undefined || text.includes('/*') || before.includes('//') || !TEXTS.test(list)) return undefined;
  const quote = list.includes('"') ? '"' : "'";
  const added = `${quote}${hook}${quote}`;
  const [indent] = /\n[ \t]*(?=['"])/.exec(list) ?? [];
  const [, held = '', comma = '', end = ''] = /^([^]*?)(,?)(\s*)$/.exec(list)!;
  const longer = held.trim() === '' ? added : `${held},${indent ?? ' '}${added}${comma}${end}`;
  const start = found.index + found[0].length - list.length - 1;
  return `${text.slice(0, start)}${longer}${text.slice(start + list.length)}`;
}
