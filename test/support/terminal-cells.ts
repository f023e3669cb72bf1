import type { IBufferCell, Terminal } from '@xterm/headless';

/** One place of the screen. */
export interface Cell {
  /** What stands there; empty beside a wide character. */
  text: string;
  width: number;
  /** `default`, the number in the palette, or `#rrggbb`. */
  foreground: string | number;
  background: string | number;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  strikethrough: boolean;
}

export function toCells({ buffer: { active }, cols, rows }: Terminal): Cell[][] {
  const cell = active.getNullCell();
  return Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: cols }, (_cell, column) => toCell(line?.getCell(column, cell) ?? active.getNullCell()));
  });
}

function toCell(cell: IBufferCell): Cell {
  const foreground = cell.isFgDefault() ? 'default' : cell.isFgRGB() ? toHex(cell.getFgColor()) : cell.getFgColor();
  const background = cell.isBgDefault() ? 'default' : cell.isBgRGB() ? toHex(cell.getBgColor()) : cell.getBgColor();
  return {
    text: cell.getChars(), width: cell.getWidth(), foreground, background, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0, italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0, inverse: cell.isInverse() !== 0, strikethrough: cell.isStrikethrough() !== 0,
  };
}

const toHex = (color: number): string => `#${color.toString(16).padStart(6, '0')}`;
