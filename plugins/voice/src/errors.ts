import { EXIT, PithError } from '@pith/kernel';

/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  VOICE_AUDIO_INVALID: [EXIT.usage, 'a recorder gave something else than WAV of 16 kHz, one channel, 16 bit'],
  VOICE_BUSY: [EXIT.failed, 'a recording runs already'],
  VOICE_KEY_MISSING: [EXIT.usage, 'the address for transcriptions needs a key, and there is none'],
  VOICE_MICROPHONE: [EXIT.failed, 'the recorder found no microphone, or may not use it'],
  VOICE_NO_WORDS: [EXIT.failed, 'there were no words in the recording'],
  VOICE_RECORDER_FAILED: [EXIT.failed, 'the recorder failed, was killed, or gave no sound'],
  VOICE_RECORDER_MISSING: [EXIT.usage, 'there is no program to record with'],
  VOICE_SILENT: [EXIT.failed, 'nothing was loud enough to be speech'],
  VOICE_TRANSCRIPTION_FAILED: [EXIT.provider, 'the transcription was refused, failed, or made no sense'],
} as const;

export function voiceError(message: string, code: keyof typeof CODES, hint?: string, cause?: unknown): PithError {
  return new PithError(message, { code, exitCode: CODES[code][0], ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) });
}
