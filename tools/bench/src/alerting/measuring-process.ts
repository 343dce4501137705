/** Runs one measurement and tells its parent what came out: `measuring-process.js <name> <job as JSON>`. */
import { measurements, type MeasurementAnswer, type MeasurementName } from './measurement.js';

const [, , name = '', job = ''] = process.argv;
const measure = measurements[name as MeasurementName] as (job: unknown) => Promise<unknown>;

let answer: MeasurementAnswer;
try {
  answer = { result: await measure(JSON.parse(job)) };
} catch (error) {
  answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
process.send?.(answer, () => process.exit());
