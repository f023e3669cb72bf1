import { escapeControl } from '@pith/kernel';

/** Rows as aligned columns; a row that is wider than the screen loses the end of its last cell. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], width = process.stdout.columns || 120): string {
  const all = [head, ...rows].map((row) => row.map((cell) => escapeControl(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ').trimEnd();
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  }).join('\n');
}
