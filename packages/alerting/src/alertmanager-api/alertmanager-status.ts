import { ownRequire } from '../own-require.js';

/** What `GET /api/v2/status` tells: which program this is, and that it is alone. */
export function statusOf(startedAt: number): object {
  return {
    cluster: { status: 'disabled', peers: [] },
    config: { original: '' },
    uptime: new Date(startedAt).toISOString(),
    versionInfo: {
      version: packageVersion(),
      revision: '',
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: `node ${process.version}`,
    },
  };
}

let version: string | undefined;

function packageVersion(): string {
  if (version === undefined) {
    try {
      const found = ownRequire('@llm/alerting/package.json') as unknown;
      version = String((found as { readonly version: unknown }).version);
    } catch {
      // Bundled into something else: the program is that then.
      version = 'unknown';
    }
  }
  return version;
}
