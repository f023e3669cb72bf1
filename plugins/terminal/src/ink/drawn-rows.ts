import { widthOf } from '@pith/screen';

interface Row { width: number; /** Some of it takes two columns. */ isWide: boolean }

// oxlint-disable-next-line no-control-regex
const PARTS = /\u001b\[([?<=>]?)([\d;]*)([@-~])|\u001b[\]P^_X][^]*?(?:\u0007|\u001b\\)|\n|\r|[^\u001b\n\r]+|\u001b/g;
/** So many rows are remembered: more than any window has. */
const MAX_ROWS = 500;

/**
 * How far each of the last rows reaches that was drawn, and where the cursor is: it follows what Ink writes. A terminal that gets
 * narrower breaks rows that are too long for it, and Ink, which counts rows as it wrote them, would take too few of them away.
 */
export class DrawnRows {
  #rows: Row[] = [];
  #row = 0;
  #column = 0;

  take(text: string): void {
    for (const [part, , parameters, final] of text.matchAll(PARTS)) {
      if (final !== undefined) this.#control(final, Number.parseInt(parameters ?? '', 10));
      else if (part === '\n') this.#to(this.#row + 1, 0);
      else if (part === '\r') this.#column = 0;
      else if (!part.startsWith('\u001b')) this.#write(part);
    }
    const tooMany = this.#rows.length - MAX_ROWS;
    if (tooMany <= 0) return;
    this.#rows.splice(0, tooMany);
    this.#row = Math.max(0, this.#row - tooMany);
  }

  /** How many rows above that of the cursor the last `count` rows have become, in a window of so many columns. */
  rowsAbove(count: number, columns: number): number {
    let rows = rowsOf({ width: this.#column, isWide: this.#rows[this.#row]?.isWide === true }, columns) - (this.#column > 0 && this.#column % columns === 0 ? 0 : 1);
    for (let at = this.#row - 1; at >= Math.max(0, this.#row - count); at--) rows += rowsOf(this.#rows[at], columns);
    return Math.max(rows, count);
  }

  #write(text: string): void {
    const width = widthOf(text);
    this.#column += width;
    const row = this.#rows[this.#row];
    this.#rows[this.#row] = { width: Math.max(row?.width ?? 0, this.#column), isWide: row?.isWide === true || width > text.length };
  }

  #to(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = column;
    while (this.#rows.length <= this.#row) this.#rows.push({ width: 0, isWide: false });
  }

  #control(final: string, parameter: number): void {
    const count = Number.isNaN(parameter) ? 1 : Math.max(1, parameter);
    switch (final) {
      case 'A': return this.#to(this.#row - count, this.#column);
      case 'B': return this.#to(this.#row + count, this.#column);
      case 'C': return this.#to(this.#row, this.#column + count);
      case 'D': return this.#to(this.#row, Math.max(0, this.#column - count));
      case 'E': return this.#to(this.#row + count, 0);
      case 'F': return this.#to(this.#row - count, 0);
      case 'G': return this.#to(this.#row, count - 1);
      case 'H': this.#rows = []; return this.#to(0, 0);
      case 'K': return this.#erase(parameter === 2 ? 0 : this.#column);
      case 'J': this.#rows.length = Math.min(this.#rows.length, this.#row + 1); return this.#erase(this.#column);
      default: // Looks and modes move nothing.
    }
  }

  #erase(from: number): void {
    const row = this.#rows[this.#row];
    if (row !== undefined && row.width > from) this.#rows[this.#row] = { ...row, width: from };
  }
}

/** What takes two columns never begins in the last one. */
function rowsOf(row: Row | undefined, columns: number): number {
  const room = Math.max(1, row?.isWide === true && columns % 2 === 1 ? columns - 1 : columns);
  return Math.max(1, Math.ceil((row?.width ?? 0) / room));
}
