import { createLogger } from '@llm/logging';
import { migrateDashboard } from '@llm/metrics';
import type { FastifyInstance } from 'fastify';
import type { Configuration } from './configuration.js';
import { openDatabase } from './database.js';
import { configuredDetectors, listDetectors } from './detectors/configured.js';
import { createHttpServer } from './http-server.js';
import { addMapRoutes } from './map-routes.js';
import { Mapper, type MapperOptions } from './mapper.js';
import type { Service } from './service.js';
import { serviceName } from './service-name.js';
import { loadTaxonomy } from './taxonomy.js';
import { createTextIdentity } from './text-identity.js';
import { startTraffic } from './traffic/traffic.js';

/** What may observe it in our place: the bench puts stock parts here. */
export interface Observers extends Partial<Pick<MapperOptions, 'observed' | 'onMapped'>> {
  /** Called before routes are added. */
  readonly server?: (app: FastifyInstance) => void;
}

/** The work of the service with nothing that observes it, to measure what that costs: `--no-observability`. */
export async function startUnobserved(
  configuration: Configuration,
  { server = () => undefined, ...observers }: Observers = {},
): Promise<Service> {
  // What fails is told all the same.
  const logger = createLogger({ level: 'error', service: serviceName, name: 'app' });
  const database = await openDatabase({
    url: configuration.databaseUrl,
    dataDirectory: configuration.dataDirectory,
    onError: (error) => logger.error('an idle database connection broke', { error }),
  });
  await migrateDashboard(database.pool);
  const detectors = await configuredDetectors(configuration);
  const listed = listDetectors(detectors);
  const mapper = new Mapper({
    detectors,
    controlsOf: loadTaxonomy(),
    identityOf: createTextIdentity(configuration.textHmacKey, configuration.dataDirectory),
    pool: database.pool,
    observed: (detector) => async (text) => detector.detect(text),
    onMapped: () => undefined,
    ...observers,
  });
  const { app, rateLimits } = createHttpServer({ ...configuration, logger }, server);
  addMapRoutes(
    app,
    (text, tenantId) => mapper.map(text, tenantId),
    configuration.limits,
    rateLimits,
  );
  app.get('/health', () => ({ status: 'ok', detectors: listed }));
  const url = await app.listen({ host: configuration.host, port: configuration.port });
  const traffic =
    configuration.traffic &&
    startTraffic(
      { url: `${url}/map`, token: configuration.token, ...configuration.traffic },
      {
        onProgress: () => undefined,
        onFailure: (reason) => logger.error('traffic failed', { reason }),
      },
    );
  return {
    url,
    database: database.description,
    detectors: listed,
    close: async () => {
      await traffic?.stop();
      await app.close();
      await database.close();
    },
  };
}
