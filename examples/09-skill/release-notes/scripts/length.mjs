// Says which lines of a file of notes are too long; ends with 1 where there is one.
import { readFileSync } from 'node:fs';

const long = readFileSync(process.argv[2], 'utf8').split('\n').flatMap((line, index) => (line.length > 100 ? [`${process.argv[2]}:${index + 1}: ${line.length} characters`] : []));
if (long.length > 0) console.log(long.join('\n'));
process.exitCode = long.length > 0 ? 1 : 0;
