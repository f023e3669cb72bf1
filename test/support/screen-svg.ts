import { still, type ScreenState } from './screen-states.ts';
import type { Cell } from './terminal-cells.ts';

const CELL = { width: 8.4, height: 18, baseline: 13.5 };
const MARGIN = 12;
/** What a terminal fills in for its own sixteen colours, and for none. */
const PALETTES = {
  dark: { background: '#1a1b26', foreground: '#c0caf5', colors: ['#15161e', '#f7768e', '#9ece6a', '#e0af68', '#7aa2f7', '#bb9af7', '#7dcfff', '#a9b1d6', '#414868', '#f7768e', '#9ece6a', '#e0af68', '#7aa2f7', '#bb9af7', '#7dcfff', '#c0caf5'] },
  light: { background: '#ffffff', foreground: '#24292f', colors: ['#24292f', '#cf222e', '#116329', '#4d2d00', '#0969da', '#8250df', '#1b7c83', '#6e7781', '#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#8c959f'] },
} as const;

interface Run { column: number; columns: number; text: string; look: Cell }

/** A screen as a picture with real text in it: the same bytes for the same cells. */
export function toSvg(cells: readonly (readonly Cell[])[], { title, background = 'dark' }: Pick<ScreenState, 'title' | 'background'>): string {
  const palette = PALETTES[background];
  const size = { width: Math.round((cells[0]?.length ?? 0) * CELL.width + 2 * MARGIN), height: cells.length * CELL.height + 2 * MARGIN };
  const color = (of: string | number, none: string): string => (of === 'default' ? none : typeof of === 'number' ? palette.colors[of] ?? none : of);
  const drawn = cells.flatMap((row, index) => toRuns(row).flatMap(({ column, columns, text, look }) => {
    const [x, y] = [round(MARGIN + column * CELL.width), MARGIN + index * CELL.height];
    const [front, back] = [color(look.foreground, palette.foreground), color(look.background, palette.background)];
    const [fill, behind] = look.inverse ? [back, front] : [front, back];
    const style = `${look.bold ? ' font-weight="bold"' : ''}${look.italic ? ' font-style="italic"' : ''}${look.dim ? ' opacity="0.65"' : ''}${look.underline ? ' text-decoration="underline"' : look.strikethrough ? ' text-decoration="line-through"' : ''}`;
    return [
      ...(behind === palette.background ? [] : [`<rect x="${x}" y="${y}" width="${round(columns * CELL.width)}" height="${CELL.height}" fill="${behind}"/>`]),
      ...(text.trim() === '' ? [] : [`<text x="${x}" y="${y + CELL.baseline}" textLength="${round(columns * CELL.width)}" fill="${fill}"${style}>${escapeXml(text)}</text>`]),
    ];
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${palette.background}"/>
${drawn.join('\n')}
</svg>
`;
}

/** Cells of one look side by side, without the empty end of the row. */
function toRuns(row: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const [column, cell] of row.entries()) {
    if (cell.width === 0) continue;
    const text = cell.text === '' ? ' ' : cell.text;
    const last = runs.at(-1);
    if (last !== undefined && lookOf(last.look) === lookOf(cell)) {
      last.text += text;
      last.columns += cell.width;
    } else {
      runs.push({ column, columns: cell.width, text, look: cell });
    }
  }
  return runs.map((run) => {
    const text = run.look.background === 'default' && !run.look.inverse ? run.text.trimEnd() : run.text;
    return { ...run, text: still(text), columns: run.columns - (run.text.length - text.length) };
  }).filter(({ text, look }) => text.trim() !== '' || look.background !== 'default' || look.inverse);
}

function lookOf({ foreground, background, bold, dim, italic, underline, inverse, strikethrough }: Cell): string {
  return [foreground, background, bold, dim, italic, underline, inverse, strikethrough].join();
}

const round = (value: number): number => Math.round(value * 10) / 10;
const escapeXml = (text: string): string => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!);

/** The words of such a picture, in their order. */
export function wordsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].flatMap(([, text]) => text!.replace(/&(amp|lt|gt);/g, (_, name: 'amp' | 'lt' | 'gt') => ({ amp: '&', lt: '<', gt: '>' })[name]).split(/\s+/)).filter((word) => word !== '');
}
