/** Entries of git's index beyond this many are not read. */
const ENTRIES_MAX = 1_000_000;
const GITLINK = 0o160000;
/** Of an entry before the name of its object: dates, device, mode, owner, size. */
const DATES_AND_IDS_BYTES = 40;

export interface IndexEntry { path: string; isSubmodule: boolean }

/**
 * The files that git tracks, by its index, in the versions 2 to 4.
 * @param hashBytes 20, or 32 for SHA-256
 * @returns nothing where it cannot be read, or is split over several files
 */
export function readGitIndex(bytes: Buffer, hashBytes: number): IndexEntry[] | undefined {
  if (bytes.length < 12 + hashBytes || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined;
  const version = bytes.readUInt32BE(4);
  const count = bytes.readUInt32BE(8);
  if (version < 2 || version > 4 || count > ENTRIES_MAX) return undefined;
  const entries: IndexEntry[] = [];
  const end = bytes.length - hashBytes;
  let at = 12;
  let last: Buffer = Buffer.alloc(0);
  for (let left = count; left > 0; left--) {
    const start = at;
    const flagsAt = start + DATES_AND_IDS_BYTES + hashBytes;
    if (flagsAt + 2 > end) return undefined;
    const isExtended = (bytes.readUInt16BE(flagsAt) & 0x4000) !== 0;
    let nameAt = flagsAt + (isExtended ? 4 : 2);
    let kept: Buffer = Buffer.alloc(0);
    if (version === 4) {
      const dropped = readVariableInt(bytes, nameAt);
      if (dropped.value > last.length) return undefined;
      nameAt = dropped.end;
      kept = last.subarray(0, last.length - dropped.value);
    }
    const nul = bytes.indexOf(0, nameAt);
    if (nul === -1 || nul >= end) return undefined;
    const name = bytes.subarray(nameAt, nul);
    last = kept.length === 0 ? name : Buffer.concat([kept, name]);
    entries.push({ path: last.toString('utf8'), isSubmodule: (bytes.readUInt32BE(start + 24) & 0o170000) === GITLINK });
    // Before version 4 an entry is filled up with one to eight zeros to a multiple of eight bytes.
    at = version === 4 ? nul + 1 : start + ((nul - start + 8) & ~7);
  }
  return isSplit(bytes, at, end) ? undefined : entries;
}

/** As git writes offsets: seven bits a byte, the highest bit says that one follows, each of which adds one. */
function readVariableInt(bytes: Buffer, start: number): { value: number; end: number } {
  let at = start;
  let byte = bytes[at++] ?? 0;
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0 && at - start < 5) {
    byte = bytes[at++] ?? 0;
    value = ((value + 1) << 7) | (byte & 0x7f);
  }
  return { value: value >>> 0, end: at };
}

/** The extension `link` says that most entries lie in another file. */
function isSplit(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at + 8 <= end;) {
    if (bytes.toString('latin1', at, at + 4) === 'link') return true;
    at += 8 + bytes.readUInt32BE(at + 4);
  }
  return false;
}
