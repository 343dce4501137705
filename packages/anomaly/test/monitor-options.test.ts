import { describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor, type MonitorOptions } from '../src/index.js';

describe('options of a monitor', () => {
  it.each<[string, object, string]>([
    ['minSamples', { minSamples: 49 }, 'minSamples must be an integer from 50 to 1000000, got 49'],
    ['maxHistory', { maxHistory: 10 }, 'maxHistory must be an integer from 50'],
    ['maxModels', { maxModels: 0 }, 'got 0'],
    ['intervalMillis', { intervalMillis: 0.5 }, 'intervalMillis must be an integer'],
    ['sourceTimeoutMillis', { sourceTimeoutMillis: 2 ** 31 }, 'got 2147483648'],
    ['sustainedWindows', { sustainedWindows: 21 }, 'sustainedWindows must be'],
    ['provisionalSamples', { provisionalSamples: 20 }, 'provisionalSamples must be'],
    ['falseAlarmsPerWeek', { falseAlarmsPerWeek: 0 }, 'falseAlarmsPerWeek must be'],
    ['learnAfterMillis', { learnAfterMillis: 0 }, 'learnAfterMillis must be'],
    ['learnsFromStream', { learnsFromStream: 1 }, 'learnsFromStream must be true or false, got 1'],
    ['votes', { votes: { forest: 'yes' } }, 'votes.forest must be true or false'],
    ['zScores', { zScores: 'mad' }, `zScores must be 'plain' or 'robust', got "mad"`],
    ['contamination', { contamination: 0.7 }, 'got 0.7'],
    ['forest', { forest: { nEstimators: -1 } }, 'nEstimators'],
    ['source', { source: 'x' }, 'source must be a function, got string'],
    ['onError', { onError: 1 }, 'onError must be a function, got number'],
    ['clock', { clock: {} }, 'clock.now must be a function'],
    ['models', { models: [''] }, 'a model name must be a string'],
    ['models', { models: 'm' }, 'models must be an array'],
    ['features', { features: { x: 3 } }, 'features.x must be an object or false, got 3'],
    ['features', { features: { '': {} } }, '1 to 200 characters'],
    ['features', { features: { ['__proto__']: {} } }, 'must not be "__proto__"'],
    ['transform', { features: { x: { transform: 'ln' } } }, 'features.x.transform must be one of'],
    ['direction', { features: { x: { direction: 'left' } } }, 'got "left"'],
    [
      'minChange',
      { features: { x: { minChange: { absolute: -1 } } } },
      'features.x.minChange.absolute',
    ],
    ['minJump', { features: { x: { minJump: 4 } } }, 'features.x.minJump must be an object'],
    [
      'certainJump',
      { features: { x: { certainJump: { relative: NaN } } } },
      'certainJump.relative',
    ],
  ])('name %s and quote its value when it makes no sense', (_, options, message) => {
    expect(() => new ModelPerformanceMonitor(options as MonitorOptions)).toThrow(message);
  });

  it('must leave at least one metric, and not more than two hundred', () => {
    const none = {
      avg_confidence: false,
      inference_latency: false,
      error_rate: false,
      throughput: false,
      memory_usage: false,
    } as const;
    expect(() => new ModelPerformanceMonitor({ features: none })).toThrow('at least one metric');
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}`, {}]));
    expect(() => new ModelPerformanceMonitor({ features: many })).toThrow('got 305');
  });
});
