import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { grafanaDashboard, prometheusRules } from '@llm/metrics';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfiguration, usage } from '../src/configuration.js';

const deploy = new URL('../deploy/', import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(name, deploy));
const read = (name: string): unknown => parse(readFileSync(file(name), 'utf8'));

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[];
}
const { services, volumes } = read('compose.yaml') as {
  services: Readonly<Record<string, Service>>;
  volumes: Readonly<Record<string, unknown>>;
};

describe('what is deployed', () => {
  it('has the rules and the dashboard that @llm/metrics makes', async () => {
    const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
    await expect(json(prometheusRules())).toMatchFileSnapshot(file('rules.json'));
    await expect(json(grafanaDashboard())).toMatchFileSnapshot(file('grafana/dashboard.json'));
  });

  it('mounts files that are there, and volumes that are declared', () => {
    const mounted = Object.values(services).flatMap((service) => service.volumes ?? []);
    expect(mounted.length).toBeGreaterThan(5);
    for (const [from = ''] of mounted.map((volume) => volume.split(':')))
      expect(from.startsWith('./') ? existsSync(file(from)) : from in volumes, from).toBe(true);
    const { build } = services['app'] as Required<Service>;
    expect(existsSync(fileURLToPath(new URL(`${build.context}/${build.dockerfile}`, deploy)))).toBe(true); // prettier-ignore
  });

  it('names a version of every image, and listens on this machine only', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    expect(images).toHaveLength(Object.keys(services).length - 1);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d+(?:\.\d+)*(?:-alpine)?$/);
    for (const port of Object.values(services).flatMap(({ ports }) => ports ?? []))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('starts the service with options and variables that it knows and takes', () => {
    const { command, environment } = services['app'] as Required<Service>;
    const known = new Set(usage.match(/\b[A-Z][A-Z_]{3,}\b/g));
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    const given = Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:\?[^}]*\}/, 'a secret of this test').replace(/\$\{\w+:-\}/, ''),
    ]);
    expect(
      readConfiguration(command, Object.fromEntries(given) as NodeJS.ProcessEnv),
    ).toMatchObject({
      // prettier-ignore
      host: '0.0.0.0',
      alertmanagerUrl: 'http://alertmanager:9093',
    });
  });

  it('names services that are there, wherever one is asked for', () => {
    const { environment } = services['app'] as Required<Service>;
    const hosts = Object.values(environment)
      .filter((value) => URL.canParse(value) && value.includes('//'))
      .map((value) => new URL(value.replace(/^\w+:/, 'http:')).hostname);
    const scraped = JSON.stringify(read('prometheus.yml'));
    const shown = read('grafana/datasource.yml') as { datasources: { url: string }[] };
    hosts.push(...shown.datasources.map(({ url }) => new URL(url).hostname));
    expect(hosts).toEqual(expect.arrayContaining(['postgres', 'redis', 'jaeger', 'alertmanager', 'prometheus'])); // prettier-ignore
    expect(hosts.filter((host) => !(host in services))).toEqual([]);
    for (const name of ['app', 'alertmanager']) expect(scraped).toContain(name);
    const dependencies = Object.values(services).flatMap(({ depends_on }) =>
      Array.isArray(depends_on) ? (depends_on as string[]) : Object.keys(depends_on ?? {}),
    );
    expect(dependencies.filter((name) => !(name in services))).toEqual([]);
  });
});
