// @ts-check
// Stands in for a vendor: a server on this machine that speaks Anthropic's Messages, and has its limits.
import { createServer } from 'node:http';

/**
 * Takes so many requests of each key, and then asks to wait for an hour.
 * @param {Record<string, number>} limits requests by key
 */
export async function startVendor(limits) {
  const left = new Map(Object.entries(limits));
  const server = createServer(async (request, response) => {
    request.resume();
    const key = String(request.headers['x-api-key']);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    const [status, headers, body] = count > 0
      ? [200, {}, { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [{ type: 'text', text: 'Good morning.' }], stop_reason: 'end_turn', usage: { input_tokens: 12, output_tokens: 4 } }]
      : [429, { 'retry-after': '3600' }, { type: 'error', error: { type: 'rate_limit_error', message: 'This key has had its share' } }];
    response.writeHead(/** @type {number} */ (status), { 'content-type': 'application/json', .../** @type {object} */ (headers) }).end(JSON.stringify(body));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}
