import { pathToFileURL } from 'node:url';

// Blocks start servers and timers that readers want to live on: the process ends when all lines have run.
await import(pathToFileURL(process.argv[2] ?? '').href);
process.exit();
