import type { ContributionContext, Turn } from '@pith/kernel';

/** The text is the reply, for the person to look at: it goes to no model before they send it. A replay listens to nobody. */
export async function runVoice(turn: Turn, { service }: Pick<ContributionContext, 'service'>): Promise<string> {
  const { recorder, transcriber, seconds } = await turn.recorded('prepare', async () => (await service('voice')).prepare());
  turn.emit({ type: 'notice', level: 'info', text: `${recorder} is recording for ${transcriber}, at most ${seconds} s; it ends when you are silent` });
  return turn.recorded('voice', async () => {
    const voice = await service('voice');
    return voice.transcribe(await voice.record({ signal: turn.signal }), { signal: turn.signal });
  });
}
