import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import type { Detector } from './detector.js';

// It keeps every mark of every run and searches them all: a linter ends, a service does not.
secretLintProfiler.mark = () => undefined;

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: preset }] };

/** Keys and tokens of well-known services, by secretlint's recommended rules. */
export const secretsDetector: Detector = {
  name: 'secrets',
  version: 'secretlint-11',
  detect: async (content) => {
    const { messages } = await lintSource({
      source: { filePath: 'text.txt', content, ext: '.txt', contentType: 'text' },
      options: { config, noPhysicFilePath: true, maskSecrets: true },
    });
    return messages.map(({ range: [start, end] }) => ({
      category: 'credential' as const,
      confidence: 0.95,
      span: { start, end },
    }));
  },
};
