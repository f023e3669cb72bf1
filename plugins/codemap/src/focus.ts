import { escapeControl } from '@pith/kernel';
import type { RankedSymbol } from './rank.ts';

/** Weights of how well a symbol fits a word: its very name, a part of it, a part of its path. */
const [EXACT, PART, PATH] = [1_000_000, 1000, 1];
const MAX_WORDS = 20;
/** A shorter word stands in too many names by chance, as “the” in “other”. */
const MIN_PART = 4;

/** Symbols that fit any of the words in a text, best first; the letter case does not count. */
export function findSymbols(symbols: readonly RankedSymbol[], text: string): RankedSymbol[] {
  const words = [...new Set(text.toLowerCase().split(/[^\p{L}\p{N}_$#]+/u).filter((word) => word !== ''))].slice(0, MAX_WORDS);
  const fitting = symbols.map((symbol) => ({ symbol, fit: fitOf(symbol, words) })).filter(({ fit }) => fit > 0);
  return fitting.sort((a, b) => b.fit - a.fit || b.symbol.score - a.symbol.score).map(({ symbol }) => symbol);
}

function fitOf({ name, path }: RankedSymbol, words: readonly string[]): number {
  const [lowName, lowPath] = [name.toLowerCase(), path.toLowerCase()];
  let fit = 0;
  for (const word of words) {
    if (lowName === word) fit += EXACT;
    else if (word.length >= MIN_PART) fit += lowName.includes(word) ? PART : lowPath.includes(word) ? PATH : 0;
  }
  return fit;
}

/** `kind name  path:line`, and who calls it. */
export function describeSymbol({ kind, name, path, line, callers }: RankedSymbol): string {
  const shown = callers.map((caller) => `${escapeControl(caller.path)}:${caller.line}`);
  return `${kind} ${escapeControl(name)}  ${escapeControl(path)}:${line}${shown.length === 0 ? '' : `  ← ${shown.join(', ')}`}`;
}

/** As many as have room, a line each. */
export function describeWithin(symbols: readonly RankedSymbol[], characters: number): string[] {
  const lines: string[] = [];
  let left = characters;
  for (const symbol of symbols) {
    const line = describeSymbol(symbol);
    if ((left -= line.length + 1) < 0) break;
    lines.push(line);
  }
  return lines;
}
