/** What is used of the library; loaded when there is a file to read. */
export { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
