// A primary that prints the metrics of its four workers. Needs the built package.
import cluster from 'node:cluster';
import process from 'node:process';
import { AggregatorRegistry, Counter } from 'prom-client';
import { createBusinessMetrics } from '@llm/metrics';

const aggregator = new AggregatorRegistry();
if (cluster.isPrimary) {
  let ready = 0;
  for (let n = 1; n <= 4; n++) {
    cluster.fork({ WORKER: String(n) }).on('message', async (message) => {
      if (message !== 'ready' || ++ready < 4) return;
      process.stdout.write(await aggregator.clusterMetrics(), () => process.exit(0));
    });
  }
} else {
  const n = Number(process.env['WORKER']);
  const metrics = createBusinessMetrics();
  AggregatorRegistry.setRegistries(metrics.registry);
  const own = new Counter({
    name: 'own_total',
    help: 'prom-client’s own',
    registers: [metrics.registry],
  });
  for (let i = 0; i < n; i++) {
    metrics.detectorRequests.inc({ detector_type: 'd', tenant_id: 'shared', status: 'success' });
    metrics.detectorRequests.inc({
      detector_type: 'd',
      tenant_id: `worker ${n}`,
      status: 'success',
    });
    metrics.modelInferenceTime.observe({ model_name: 'm', model_version: '1' }, n / 10);
    own.inc();
  }
  metrics.activeTenants.set(n);
  process.send('ready');
}
