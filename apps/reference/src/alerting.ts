import { readFileSync } from 'node:fs';
import {
  AlertingSystem,
  alertmanagerChannel,
  loadEscalationPolicies,
  logChannel,
  webhookChannel,
  type Channel,
  type EscalationPolicies,
} from '@llm/alerting';
import { PostgresStore } from '@llm/alerting/postgres';
import type pg from 'pg';
import type { Logger } from 'winston';
import type { Configuration } from './configuration.js';
import { serviceName } from './service-name.js';

export interface AlertingOptions extends Pick<Configuration, 'webhook' | 'alertmanagerUrl'> {
  /** Where alerts live, so that replicas share them and a restart loses none; `migrateAlerting` made the tables. */
  readonly pool: pg.Pool;
  readonly logger: Logger;
}

const policies = new URL('../data/escalation-policies.json', import.meta.url);
/** Raises that wait in the process while the database is away. */
const maxQueuedRaises = 1000;
const quietMillis = 60_000;

export function createAlerting({
  pool,
  logger,
  webhook,
  alertmanagerUrl,
}: AlertingOptions): AlertingSystem {
  const channels: Channel[] = [logChannel({ logger })];
  if (webhook !== undefined) {
    channels.push(
      webhookChannel({
        url: webhook.url,
        ...(webhook.secret !== undefined && { secret: webhook.secret }),
      }),
    );
  }
  if (alertmanagerUrl !== undefined) channels.push(alertmanagerChannel({ url: alertmanagerUrl }));
  const names = channels.map(({ name }) => name);
  // The file names every channel that a deployment may have; this one may have fewer.
  const configured: unknown = JSON.parse(readFileSync(policies, 'utf8'), (key, value: unknown) =>
    key === 'channels' ? (value as string[]).filter((name) => names.includes(name)) : value,
  );
  let quietUntil = 0;
  return new AlertingSystem({
    store: new PostgresStore({ db: pool }),
    localQueue: { maxRaises: maxQueuedRaises },
    channels,
    policies: loadEscalationPolicies(configured as EscalationPolicies, { channels: names }),
    labels: { service: serviceName },
    onError: (error) => {
      // It polls its store, so that a database that is away would fill the log.
      if (Date.now() < quietUntil) return;
      quietUntil = Date.now() + quietMillis;
      logger.error('alerting failed', { error });
    },
  });
}
