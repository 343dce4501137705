import { TracingConfigError } from './config-error.js';

const pattern =
  /^(?:\*|(?:\*\.)?[a-z0-9_](?:[a-z0-9._-]{0,252})(?::\d{1,5})?|\[[0-9a-f:.]{2,45}\](?::\d{1,5})?)$/i;

/** Says whether a host, and its port, is on a list. */
export type HostList = (host: string, port: number | undefined) => boolean;

/**
 * Reads a list of hosts: `api.example.com`, `api.example.com:8443` (that port only), `*.example.com` (all
 * below it, not itself), `[::1]`, or `*` (all).
 *
 * @throws TracingConfigError naming the entry that is wrong
 */
export function hostList(hosts: readonly string[], option: string): HostList {
  if (!Array.isArray(hosts)) throw new TracingConfigError(option, 'an array of hosts', hosts);
  const exact = new Set<string>();
  const endings: { readonly ending: string; readonly port: string | undefined }[] = [];
  for (const entry of hosts as readonly unknown[]) {
    if (typeof entry !== 'string' || !pattern.test(entry)) {
      throw new TracingConfigError(
        option,
        'hosts such as "api.example.com" or "*.internal"',
        entry,
      );
    }
    const host = entry.toLowerCase();
    if (host === '*') return () => true;
    if (host.startsWith('*.')) {
      const [ending = '', port] = host.slice(1).split(':', 2);
      endings.push({ ending, port });
    } else exact.add(host);
  }
  return (host, port) => {
    const name = host.toLowerCase();
    if (exact.has(name)) return true;
    const portText = port === undefined ? '' : String(port);
    if (exact.has(`${name}:${portText}`)) return true;
    return endings.some(
      (each) => name.endsWith(each.ending) && (each.port === undefined || each.port === portText),
    );
  };
}
