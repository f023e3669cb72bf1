/** Images that a browser shows and runs nothing of, by what their bytes begin with. */
const KINDS: readonly { mediaType: string; matches: (head: Buffer) => boolean }[] = [
  { mediaType: 'image/png', matches: (head) => head.toString('hex', 0, 8) === '89504e470d0a1a0a' },
  { mediaType: 'image/jpeg', matches: (head) => head.toString('hex', 0, 3) === 'ffd8ff' },
  { mediaType: 'image/gif', matches: (head) => /^GIF8[79]a/.test(head.toString('latin1')) },
  { mediaType: 'image/webp', matches: (head) => /^RIFF[^]{4}WEBP/.test(head.toString('latin1')) },
];

/** @returns the image as an address for a page; nothing where it is none of these, whatever it is called */
export function toImageAddress(data: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return undefined;
  const head = Buffer.from(data.slice(0, 32), 'base64');
  const kind = KINDS.find(({ matches }) => matches(head));
  return kind === undefined ? undefined : `data:${kind.mediaType};base64,${data}`;
}
