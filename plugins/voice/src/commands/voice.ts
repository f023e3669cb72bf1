import { Command, Flags } from '@oclif/core';
import { openVoice } from '../open-voice.ts';
import { SECONDS_MAX } from '../options.ts';
import { listen } from '../person.ts';
import { toInput } from '../to-input.ts';
import type { Recording } from '../voice.ts';

interface Heard { text: string; durationMs: number; end: Recording['end']; recorder: string; transcriber: string }

export default class VoiceCommand extends Command {
  static override summary = 'Record what you say, and print it as text.';
  static override description = 'Records until Enter, Ctrl-C, silence after speech, or the time is up, has it transcribed, and prints the text. Nothing of it is run: what would begin a command, a mention or an option gets a space or a backslash in front, so that all of it arrives as words. --json has the text as it was said.\n\nWho records and who transcribes is said by the options of the plugin in your own settings; those of a project do not count here.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'Say what is to be done; keep the quotes', command: 'pith run "$(<%= config.bin %> <%= command.id %>)"' },
    { description: 'Ten seconds at most, for a program', command: '<%= config.bin %> <%= command.id %> --seconds 10 --json' },
  ];
  static override flags = {
    seconds: Flags.integer({ char: 's', summary: 'Record so long at most; the option seconds of the plugin is the default, and no more than that.', helpValue: 'N', min: 1, max: SECONDS_MAX }),
  };

  async run(): Promise<Heard> {
    const { flags } = await this.parse(VoiceCommand);
    const { voice, close } = await openVoice(this.config);
    const person = listen();
    try {
      const { recorder, transcriber, seconds } = await voice.prepare();
      const say = (text: string): void => { if (process.stderr.isTTY) this.logToStderr(text); };
      say(`${recorder} is recording for ${transcriber}, at most ${Math.min(flags.seconds ?? seconds, seconds)} s. Enter ends it; Ctrl-C twice gives up.`);
      const recording = await voice.record({ signal: person.signal, stop: person.stop, ...flags });
      say(`${(recording.durationMs / 1000).toFixed(1)} s are being transcribed.`);
      const text = await voice.transcribe(recording, person);
      this.log(toInput(text));
      return { text, durationMs: recording.durationMs, end: recording.end, recorder, transcriber };
    } finally {
      person.close();
      await close();
    }
  }
}
