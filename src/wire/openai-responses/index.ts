export { createResponsesWriter, type ResponsesWriterOptions } from './request.ts';
export { ResponsesReader } from './reply.ts';
export { readResponsesRequest } from './read-request.ts';
