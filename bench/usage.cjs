// Loaded before a program whose cost is measured: it says what it has used when its parent asks, and ends when it is told.
process.on('message', (asked) => {
  if (asked === 'end') return process.exit();
  const { user, system } = process.cpuUsage();
  process.send({ cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
});
process.channel.unref();
