import { type Fields, type Seen, seeEdit, toAbsolute } from './seen.ts';

const HEADER = /^\*\*\* (Add|Update|Delete) File:\s*(.*?)\s*$/;
const MOVE = /^\*\*\* Move to:\s*(.*?)\s*$/;

/**
 * A patch of several files, file by file: a new one is a `Write`, a changed one an `Edit` for each of its hunks, a deleted one
 * a `Write` of nothing, a moved one a `Write` at its new place as well. Read generously, since nothing may be overlooked: what
 * the tool itself does not take is refused there.
 */
export function showPatch(patch: string, at: { cwd: string }): readonly Seen[] {
  const seen: Seen[] = [];
  let part: { kind: string; path: string; lines: string[] } | undefined;
  const end = (): void => {
    if (part !== undefined) seen.push(...showPart(part, at));
  };
  for (const line of patch.split(/\r?\n/)) {
    const header = HEADER.exec(line);
    if (header === null) {
      part?.lines.push(line);
      continue;
    }
    end();
    part = { kind: header[1]!, path: header[2]!, lines: [] };
  }
  end();
  return seen;
}

function showPart({ kind, path, lines }: { kind: string; path: string; lines: readonly string[] }, { cwd }: { cwd: string }): Seen[] {
  const file = { file_path: toAbsolute(path, cwd) };
  if (kind === 'Delete') return [write(file, '')];
  if (kind === 'Add') return [write(file, textOf(lines, ['+']))];
  const moved = lines.map((line) => MOVE.exec(line)?.[1]).find((to) => to !== undefined);
  const hunks = toHunks(lines);
  return [
    ...(hunks.length === 0 ? [[]] : hunks).map((hunk) => seeEdit(file, { old_string: textOf(hunk, [' ', '-']), new_string: textOf(hunk, [' ', '+']) })),
    ...(moved === undefined ? [] : [write({ file_path: toAbsolute(moved, cwd) }, textOf(hunks.flat(), [' ', '+']))]),
  ];
}

function write(file: Fields, content: string): Seen {
  return [{ name: 'Write', input: { ...file, content } }];
}

function toHunks(lines: readonly string[]): string[][] {
  const hunks: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('@@')) hunks.push([]);
    else if (!line.startsWith('***')) hunks.at(-1)!.push(line);
  }
  return hunks.filter((hunk) => hunk.some((line) => line !== ''));
}

/** The lines with one of these signs, without it. A line without a sign is context. */
function textOf(lines: readonly string[], signs: readonly string[]): string {
  const kept = lines.filter((line) => !line.startsWith('***')).flatMap((line) => {
    const sign = line[0] === '+' || line[0] === '-' ? line[0] : ' ';
    return signs.includes(sign) ? [line[0] === sign ? line.slice(1) : line] : [];
  });
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}
