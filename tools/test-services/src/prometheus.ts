import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { throwawayDirectory } from './directory.js';
import { answers } from './http.js';
import { freePort } from './port.js';
import { requireProgram } from './program.js';
import { startService, type Service } from './service.js';

export interface PrometheusOptions {
  /** The configuration file, as YAML (JSON is YAML). */
  readonly config: string;
  /** More files by name, beside the configuration: rules, for example. */
  readonly files?: Readonly<Record<string, string>>;
  /** More arguments, such as `--enable-feature=exemplar-storage`. */
  readonly args?: readonly string[];
}

/** A Prometheus with this configuration. */
export async function startPrometheus({
  config,
  files = {},
  args = [],
}: PrometheusOptions): Promise<Service> {
  const command = await requireProgram({
    names: ['prometheus'],
    debianPackage: 'prometheus',
    homebrewFormula: 'prometheus',
  });
  const port = await freePort();
  const directory = throwawayDirectory('prometheus');
  for (const [name, text] of Object.entries({ 'prometheus.yml': config, ...files })) {
    writeFileSync(join(directory, name), text);
  }
  const url = `http://127.0.0.1:${port}`;
  return startService({
    command,
    args: [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...args,
    ],
    url,
    probe: () => answers(`${url}/-/ready`),
  });
}
