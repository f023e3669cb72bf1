/** What reads as a number, as nothing or as yes and no to YAML, or might: those words are left to the library. */
const NO_TEXT = /^(?:[-+.]?\d|[-+]?\.|~$|(?:null|true|false|yes|no|on|off|y|n)$|<<)/i;
const LINE = /^([A-Za-z][\w-]*): +(?:"([^"\\\t]*)"|'([^'\t]*)'|([^\s\-?:,[\]{}#&*!|>'"%@`](?:[^\s:#]|[:#](?=\S)| +(?=[^\s#]))*)) *$/;

/**
 * The front matter of most files: keys with one line of text each. It is read without the library, which takes longer to load than all
 * files to read.
 * @returns nothing where there is anything else; then it is the library's
 */
export function readPlainYaml(yaml: string): { values: Record<string, unknown>; lines: Map<string, number> } | undefined {
  const values: Record<string, unknown> = {};
  const lines = new Map<string, number>();
  for (const [index, line] of yaml.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, key, double, single, plain] = LINE.exec(line) ?? [];
    const isYesNo = plain === 'true' || plain === 'false';
    if (key === undefined || lines.has(key) || NO_TEXT.test(key) || (plain !== undefined && !isYesNo && NO_TEXT.test(plain))) return undefined;
    values[key] = isYesNo ? plain === 'true' : double ?? single ?? plain;
    // The first line of the file is the opening one.
    lines.set(key, index + 2);
  }
  return { values, lines };
}
