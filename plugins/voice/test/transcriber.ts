import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readWav } from './make-wav.ts';

export interface Asked { path: string; headers: IncomingHttpHeaders; fields: Record<string, string>; file: { name: string; type: string } & ReturnType<typeof readWav> }
export interface Transcriber { url: string; asked: Asked[]; close(): Promise<void> }

/** A transcription service on loopback: takes the form apart, decodes the sound, and answers; 0 as the status is no answer at all. */
export async function startTranscriber(answer: { status?: number; body?: string; headers?: Record<string, string> } = {}): Promise<Transcriber> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    try {
      asked.push({ path: request.url!, headers: request.headers, ...readForm(Buffer.concat(parts), request.headers['content-type'] ?? '') });
    } catch (error) {
      response.writeHead(422).end(JSON.stringify({ error: { message: String(error) } }));
      return;
    }
    const { status = 200, body = '{"text":"List the files."}', headers = { 'content-type': 'application/json' } } = answer;
    if (status !== 0) response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** RFC 7578, strictly: every part has its boundary, its header and its line ends. */
function readForm(body: Buffer, type: string): Pick<Asked, 'fields' | 'file'> {
  const boundary = /^multipart\/form-data; boundary=([\w-]+)$/.exec(type)?.[1];
  if (boundary === undefined) throw new Error(`no form: ${type}`);
  const text = body.toString('latin1');
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (pieces[0] !== '' || pieces.at(-1) !== '--\r\n') throw new Error('the form does not begin or end with its boundary');
  const fields: Record<string, string> = {};
  let file: Asked['file'] | undefined;
  for (const piece of pieces.slice(1, -1)) {
    const [, head = '', content = ''] = /^\r\n([^]*?)\r\n\r\n([^]*)$/.exec(piece) ?? [];
    const name = / name="([^"]*)"/.exec(head)?.[1] ?? '';
    const fileName = / filename="([^"]*)"/.exec(head)?.[1];
    if (fileName === undefined) fields[name] = Buffer.from(content, 'latin1').toString('utf8');
    else if (name === 'file') file = { name: fileName, type: /Content-Type: (.*)/.exec(head)?.[1] ?? '', ...readWav(Buffer.from(content, 'latin1')) };
  }
  if (file === undefined) throw new Error('no file in the form');
  return { fields, file };
}
