import { toMessage } from '@pith/kernel';
import { toolError } from './errors.ts';

/** Where ripgrep is. It comes as an optional package for each platform, which an installation may lack. */
export async function findRipgrep(): Promise<string> {
  try {
    return (await import('@vscode/ripgrep')).rgPath;
  } catch (error) {
    throw toolError(`grep needs ripgrep, which is not installed for this platform (${toMessage(error)})`, 'RIPGREP_MISSING', 'Install pith again with its optional packages, or search with bash: grep -rn.', error);
  }
}
