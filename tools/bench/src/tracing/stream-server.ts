/** An OpenAI-compatible server in a process of its own, so that its work is not the client's. */
import { startOpenAIServer } from 'model-servers';

const { url } = await startOpenAIServer();
process.send?.(url);
process.on('disconnect', () => process.exit());
