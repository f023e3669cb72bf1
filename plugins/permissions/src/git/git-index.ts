/** Entries of git's index beyond this many are not read. */
const ENTRIES_MAX = 1_000_000;
const GITLINK = 0o160000;
const EXTENDED = 0x4000;
/** Longer names say only that they are longer. */
const NAME_LENGTH = 0xfff;
/** Of an entry before the name of its object: dates, device, mode, owner, size. */
const DATES_AND_IDS_BYTES = 40;

/**
 * The files that git tracks, or only the submodules among them, by its index, in the versions 2 to 4.
 * @param hashBytes 20, or 32 for SHA-256
 * @returns nothing where it cannot be read, or is split over several files
 */
export function readGitIndex(bytes: Buffer, hashBytes: number, wanted: 'all' | 'submodules'): string[] | undefined {
  if (bytes.length < 12 + hashBytes || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined;
  const version = bytes.readUInt32BE(4);
  const count = bytes.readUInt32BE(8);
  if (version < 2 || version > 4 || count > ENTRIES_MAX) return undefined;
  const found: string[] = [];
  const end = bytes.length - hashBytes;
  let at = 12;
  let last: Buffer = Buffer.alloc(0);
  for (let left = count; left > 0; left--) {
    const start = at;
    const flagsAt = start + DATES_AND_IDS_BYTES + hashBytes;
    if (flagsAt + 2 > end) return undefined;
    const flags = bytes.readUInt16BE(flagsAt);
    let nameAt = flagsAt + ((flags & EXTENDED) === 0 ? 2 : 4);
    const isWanted = wanted === 'all' || (bytes.readUInt32BE(start + 24) & 0o170000) === GITLINK;
    if (version < 4) {
      const length = flags & NAME_LENGTH;
      const nul = length < NAME_LENGTH ? nameAt + length : bytes.indexOf(0, nameAt);
      if (nul === -1 || nul >= end || bytes[nul] !== 0) return undefined;
      if (isWanted) found.push(bytes.toString('utf8', nameAt, nul));
      // An entry is filled up with one to eight zeros to a multiple of eight bytes.
      at = start + ((nul - start + 8) & ~7);
      continue;
    }
    const dropped = readVariableInt(bytes, nameAt);
    nameAt = dropped.end;
    const nul = bytes.indexOf(0, nameAt);
    if (dropped.value > last.length || nul === -1 || nul >= end) return undefined;
    last = Buffer.concat([last.subarray(0, last.length - dropped.value), bytes.subarray(nameAt, nul)]);
    if (isWanted) found.push(last.toString('utf8'));
    at = nul + 1;
  }
  return isSplit(bytes, at, end) ? undefined : found;
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
