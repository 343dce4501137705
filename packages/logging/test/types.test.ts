import { describe, expectTypeOf, it } from 'vitest';
import winston, { type Logger } from 'winston';
import {
  addCorrelationId,
  configureLogging,
  createLogger,
  getLogger,
  logWithCorrelation,
  stats,
  type LoggingOptions,
} from '../src/index.js';

describe('the types', () => {
  it('are winston’s own where winston has them', () => {
    expectTypeOf(createLogger).returns.toEqualTypeOf<Logger>();
    expectTypeOf(configureLogging).returns.toEqualTypeOf<Logger>();
    expectTypeOf(getLogger).parameter(0).toEqualTypeOf<string | undefined>();
    expectTypeOf(winston.format.combine).toBeCallableWith(
      addCorrelationId(),
      winston.format.json(),
    );
    expectTypeOf(winston.format.combine).toBeCallableWith(addCorrelationId, winston.format.json());
  });

  it('name what options take', () => {
    expectTypeOf<{ format: 'xml' }>().not.toExtend<LoggingOptions>();
    expectTypeOf<{
      destination: false;
      transports: winston.transport[];
    }>().toExtend<LoggingOptions>();
    expectTypeOf(logWithCorrelation).parameter(1).toEqualTypeOf<object | undefined>();
    expectTypeOf(logWithCorrelation).parameter(2).toEqualTypeOf<string | undefined>();
    expectTypeOf(stats).returns.toHaveProperty('lastError').toEqualTypeOf<string | undefined>();
  });
});
