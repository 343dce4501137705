import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { throwawayDirectory } from './directory.js';
import { answers } from './http.js';
import { freePort } from './port.js';
import { requireProgram } from './program.js';
import { startService, type Service } from './service.js';

export interface AlertmanagerOptions {
  /** The configuration file, as YAML (JSON is YAML). */
  readonly config: string;
  /** Address for the cluster's gossip, `127.0.0.1:port`. Default: no cluster. */
  readonly clusterAddress?: string;
  /** Gossip addresses of the others. */
  readonly peers?: readonly string[];
}

/** An Alertmanager with this configuration, alone or as one of a cluster. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Service> {
  const command = await requireProgram({
    names: ['alertmanager', 'prometheus-alertmanager'],
    debianPackage: 'prometheus-alertmanager',
    homebrewFormula: 'alertmanager',
  });
  const port = await freePort();
  const directory = throwawayDirectory('alertmanager');
  writeFileSync(join(directory, 'alertmanager.yml'), options.config);
  const url = `http://127.0.0.1:${port}`;
  return startService({
    command,
    args: [
      `--config.file=${join(directory, 'alertmanager.yml')}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--cluster.listen-address=${options.clusterAddress ?? ''}`,
      ...(options.peers ?? []).map((peer) => `--cluster.peer=${peer}`),
    ],
    url,
    probe: () => answers(`${url}/-/ready`),
  });
}
