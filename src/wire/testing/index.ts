/** Streams and ways to cut them, for the tests of whoever reads a vendor's format. */
export { awkwardCuts, dataEvents, namedEvents, type StreamCase } from './case.ts';
export { ANTHROPIC_CASES } from './anthropic-cases.ts';
export { CHAT_CASES } from './chat-cases.ts';
export { RESPONSES_CASES } from './responses-cases.ts';
export { assistant, call, modelRequest, READ_TOOL, result, user } from './request.ts';
export { startProvider, type Answer } from './server.ts';
