/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  CODEMAP_FOLDER: 'there is no folder at the path',
  CODEMAP_SYMBOL: 'no file of the folder defines the name',
} as const;
