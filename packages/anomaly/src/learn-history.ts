import type { Fleet } from './fleet.js';
import { KEPT_WINDOWS } from './model-of-normal.js';
import { MonitoredModel } from './monitored-model.js';
import { DAY_MILLIS } from './season.js';

/** Windows that are learnt at once where a history is long enough to show a season. */
const FIRST_OF_SEASON = 100;
/** Windows between two turns of the event loop. */
const STEP = 500;

/**
 * Learns a model from its history as if it had been observed: what is measured of each window is measured before it
 * is learnt. While caution is called for all windows are taken for normal, later an incident in them is not learnt.
 */
export async function learnHistory(
  name: string,
  fleet: Fleet,
  rows: readonly Float64Array[],
  times: readonly number[],
): Promise<MonitoredModel> {
  const model = new MonitoredModel(name, fleet);
  const { learner, clock } = model;
  learner.isLearning = true;
  const span = (times[times.length - 1] as number) - (times[0] as number);
  const first = Math.min(rows.length, span >= 3 * DAY_MILLIS ? FIRST_OF_SEASON : KEPT_WINDOWS);
  for (let row = 0; row < first; row += 1) {
    const at = times[row] as number;
    if (!Number.isNaN(at)) clock.accept(clock.look(at, true));
    learner.normal.keep(rows[row] as Float64Array, at);
    model.flatLines.accept(rows[row] as Float64Array, true, row);
  }
  learner.fit(clock.state.cadence);
  model.rememberKept();
  for (let row = first; row < rows.length; row += 1) {
    model.relive(rows[row] as Float64Array, times[row] as number);
    if (row % STEP === 0) await turnOfEventLoop();
  }
  await turnOfEventLoop();
  learner.isLearning = fleet.settings.learnsFromStream;
  return model;
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
