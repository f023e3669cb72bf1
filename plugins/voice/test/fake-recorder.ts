// A recorder without a microphone. Run as: fake-recorder.ts MODE [VALUE]; it makes sound as fast as it is taken.
import { createWriteStream, readFileSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { toneWav, wavHeader } from './make-wav.ts';

const [mode, value = '1'] = process.argv.slice(2);

switch (mode) {
  // Speech of so many seconds, then quiet until it is ended. The header is that of a pipe: no length is known.
  case 'speech': await writeAll(toneWav({ seconds: Number(value), length: 0xffff_ffff })); await writeFor(Buffer.alloc(32_000)); break;
  case 'endless': await writeAll(wavHeader({ length: 0x8000_0000 })); await writeFor(toneWav({ seconds: 1 }).subarray(44)); break;
  // The sound of a file, then quiet.
  case 'play': await writeAll(Buffer.concat([wavHeader({ length: 0 }), readFileSync(value).subarray(44)])); await writeFor(Buffer.alloc(3200)); break;
  case 'whole': await writeAll(toneWav({ seconds: Number(value) })); break;
  case 'zeros': await writeAll(wavHeader({ length: 0 })); await writeFor(Buffer.alloc(32_000)); break;
  case 'stereo': await writeAll(wavHeader({ length: 0, channels: 2, rate: 44_100 })); await writeFor(Buffer.alloc(32_000)); break;
  case 'garbage': await writeAll(Buffer.from('this is no sound at all')); await hang(); break;
  case 'mute': process.on('SIGTERM', () => undefined); await hang(); break;
  case 'fail': writeSync(2, `a first line\n${value}\n`); process.exitCode = 3; break;
  case 'die': await writeAll(toneWav({ seconds: 1, length: 0 })); process.kill(process.pid, 'SIGKILL'); break;
  case 'file': createWriteStream(value).end(toneWav({ seconds: 1 })); break;
  // The person at the keys, as far as the command can see.
  case 'interrupt': await writeAll(toneWav({ seconds: 1, length: 0 })); process.kill(process.ppid, 'SIGINT'); await hang(); break;
  case 'secrets': await writeAll(toneWav({ seconds: Object.keys(process.env).some((name) => /KEY|TOKEN/.test(name)) ? 2 : 1 })); break;
}

async function writeFor(piece: Buffer): Promise<never> {
  for (;;) await writeAll(piece);
}

async function writeAll(bytes: Buffer): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

async function hang(): Promise<never> {
  setInterval(() => undefined, 1000);
  return new Promise(() => undefined);
}
