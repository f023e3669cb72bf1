import { fileURLToPath } from 'node:url';
import { definePlugin, type Services, type Vault } from '@pith/kernel';
import { createTestKernel, type TestKernel } from '@pith/kernel/testing';
import voicePlugin, { type Voice, type VoiceOptions } from '../src/index.ts';

const recorder = fileURLToPath(new URL('fake-recorder.ts', import.meta.url));

/** The program of fake-recorder.ts, as the option `record` names it. */
export function fake(mode: string, value?: string): string[] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', recorder, mode, ...value === undefined ? [] : [value]];
}

export interface Started extends TestKernel { voice: Voice; signal: AbortSignal }

export async function startVoice(options: Partial<VoiceOptions>, { env = {}, keys = {}, ...more }: { env?: Record<string, string>; keys?: Record<string, string> } & Parameters<typeof createTestKernel>[0] = {}): Promise<Started> {
  const vault = definePlugin({
    name: 'keys', services: { vault: () => ({ get: async (name) => keys[name], list: async () => [], values: async () => new Map() }) as Partial<Vault> as Services['vault'] },
  });
  const test = await createTestKernel({ ...more, plugins: [voicePlugin, vault, ...more.plugins ?? []], options: { voice: options }, env: { PATH: process.env['PATH'] ?? '', ...env } });
  return { ...test, voice: (await test.kernel.optionalService('voice'))!, signal: new AbortController().signal };
}
