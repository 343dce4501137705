import type { Configuration } from '../configuration.js';
import type { Detector } from './detector.js';
import { jailbreakDetector } from './jailbreak.js';
import { createLanguageModelDetector } from './language-model.js';
import { piiDetector } from './pii.js';
import { secretsDetector } from './secrets.js';

const inProcess = [piiDetector, secretsDetector, jailbreakDetector];

/** The detectors of this deployment, ready: the first call loads and compiles one, which says nothing of those that follow. */
export async function configuredDetectors({
  languageModel,
}: Pick<Configuration, 'languageModel'>): Promise<readonly Detector[]> {
  for (const detector of inProcess) await detector.detect('A first text.');
  return languageModel === undefined
    ? inProcess
    : [...inProcess, createLanguageModelDetector(languageModel)];
}

/** Versions by name, `not configured` among them. */
export function listDetectors(detectors: readonly Detector[]): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(detectors.map(({ name, version }) => [name, version])),
    ...(detectors.length === inProcess.length && { language_model: 'not configured' }),
  };
}
