/** Imported into the service before its own program: tells its parent, when asked, what a garbage collection leaves. */
process.on('message', (message) => {
  if (message !== 'heap') return;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ keptBytes: heapUsed + external });
});
// Being asked is no reason to go on.
process.channel?.unref();
