// The baseline of bench/proxy.bench.ts: the least that passes requests on with node:http, without knowing anything of them.
// Run as: node bench/pipe.js UPSTREAM_PORT. It listens on a port of its own, and says which.
import { Agent, createServer, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024 });
const target = { host: '127.0.0.1', port: Number(process.argv[2]), agent };
/** Headers that belong to one connection and not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

function endToEnd(headers) {
  const kept = { ...headers };
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}

const server = createServer((incoming, outgoing) => {
  const headers = { ...endToEnd(incoming.headers), host: `${target.host}:${target.port}` };
  const upstream = request({ ...target, method: incoming.method, path: incoming.url, headers }, (reply) => {
    outgoing.writeHead(reply.statusCode, endToEnd(reply.headers));
    reply.pipe(outgoing);
    reply.on('error', () => outgoing.destroy());
  });
  upstream.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) upstream.destroy();
  });
  incoming.pipe(upstream);
});

server.listen(0, '127.0.0.1', 2048, () => process.stdout.write(`${server.address().port}\n`));
