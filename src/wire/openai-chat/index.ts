export { createChatWriter, type ChatWriterOptions } from './request.ts';
export { ChatReader, type ChatReaderOptions } from './reply.ts';
export { readChatRequest } from './read-request.ts';
