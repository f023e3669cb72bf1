// The help of `pith` itself. It stands apart from oclif so that run.js can print it without loading anything else;
// oclif's help prints it, too, when more plugins are installed than the index knows.

/**
 * @param {{ commands: { name: string, summary: string }[], topics: { name: string, summary: string }[], version: string }} index
 * @param {number} columns width of the screen
 */
exports.render = function render(index, columns) {
  const width = Math.max(40, Math.min(columns || 80, 100));
  return [
    'pith: a coding agent for the terminal and for scripts.',
    section('VERSION', ['  ' + index.version]),
    section('USAGE', ['  $ pith COMMAND [ARGUMENTS]', '  $ pith run "Find out why the test fails, and mend it"', '  $ git diff | pith run "Review this" --output json']),
    section('COMMANDS', table(index.commands, width)),
    section('TOPICS', table(index.topics, width)),
    '`pith COMMAND --help` and `pith TOPIC --help` tell more.',
  ].join('\n\n') + '\n';
};

function section(title, lines) {
  return [title].concat(lines).join('\n');
}

function table(rows, width) {
  const left = Math.max.apply(null, rows.map((row) => row.name.length)) + 4;
  return rows.map((row) => '  ' + row.name.padEnd(left - 2) + wrap(row.summary, width - left).join('\n' + ' '.repeat(left)));
}

function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = line + ' ' + word;
    else lines.push(word);
  }
  return lines;
}

/**
 * Root commands and topics out of a list of all commands.
 * @param {{ id: string, summary?: string, description?: string, hidden?: boolean }[]} commands ids with `:` between their parts
 * @param {{ name: string, description?: string }[]} topics
 */
exports.toIndex = function toIndex(commands, topics, version) {
  const shown = commands.filter((command) => !command.hidden && command.id !== '').sort(byName('id'));
  const names = [...new Set(shown.filter(({ id }) => id.includes(':')).map(({ id }) => id.split(':')[0]))];
  const described = new Map(topics.map(({ name, description }) => [name, description]));
  return {
    version,
    commands: shown.filter(({ id }) => !id.includes(':')).map(({ id, summary, description }) => ({ name: id, summary: firstLine(summary || description) })),
    topics: names.map((name) => ({ name, summary: firstLine(described.get(name) || summaryOf(name, shown)) })),
  };
};

function summaryOf(topic, commands) {
  return commands.filter(({ id }) => id.startsWith(topic + ':')).map(({ id }) => id.slice(topic.length + 1).replaceAll(':', ' ')).join(', ');
}

function firstLine(text) {
  return (text || '').split('\n')[0];
}

function byName(key) {
  return (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);
}
