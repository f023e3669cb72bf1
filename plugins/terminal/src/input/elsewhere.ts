import { toMediaBlock } from '@pith/files/media';
import type { Block } from '@pith/kernel';
import type { Conversation } from '../conversation.ts';
import type { Suspend } from './input-state.ts';
import { letGo } from './let-go.ts';

/** The text as it comes back from the person's own editor. @throws an error that says what went wrong */
export async function writeElsewhere(text: string, { conversation: { session, setup }, editor, suspend }: { conversation: Conversation; editor: string | undefined; suspend: Suspend }): Promise<string> {
  const { editOutside } = await import('./external-editor.ts');
  return editOutside(text, { editor: editor || undefined, env: setup.env, childRules: session.kernel.childRules }, (work) => suspend(async () => {
    await letGo(setup.stdin);
    await work();
  }));
}

/** The image in the clipboard; nothing where there is none. @throws an error that says that nobody can tell; PithError INPUT_TOO_LARGE */
export async function fetchImage({ session, setup }: Conversation, platform: NodeJS.Platform | undefined): Promise<Block | undefined> {
  const { readClipboardImage } = await import('./clipboard.ts');
  const bytes = await readClipboardImage({ env: setup.env, childRules: session.kernel.childRules, ...(platform === undefined ? {} : { platform }) });
  return bytes === undefined ? undefined : toMediaBlock(bytes, 'The image in the clipboard');
}

export function homeOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env['HOME'] ?? env['USERPROFILE'];
}
