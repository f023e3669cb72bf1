/** Characters of paths and names that one token stands for, at least: an estimate on the safe side, since names are cut into more tokens than prose. */
const CHARACTERS_A_TOKEN = 3;

export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

export function toCharacters(tokens: number): number {
  return tokens * CHARACTERS_A_TOKEN;
}
