import { stripTypeScriptTypes } from 'node:module';

/**
 * The text without its types, lines and columns kept.
 * @throws SyntaxError with the line in its stack, also for plain JavaScript that is wrong
 */
export function stripTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined; // Node says once that this function is new; nobody here can do anything about it.
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
