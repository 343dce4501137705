import { checkJailbreak } from 'llm_guardrail';
import type { Detector } from './detector.js';

/**
 * From this probability on a text counts as an attack: at 0.5 six in a hundred harmless prompts are flagged
 * (`npm run score:detectors` prints the table).
 */
export const jailbreakThreshold = 0.5;

/** The longest text that the model is given at once: it blocks the event loop while it works. */
const longestText = 20_000;

/** Probability that the text tries to break out of its instructions: TF-IDF and logistic regression, weights in the package. */
export async function jailbreakProbability(text: string): Promise<number> {
  return (await checkJailbreak(text.slice(0, longestText))).confidence;
}

/** Prompt injection and jailbreak attempts. */
export const jailbreakDetector: Detector = {
  name: 'jailbreak',
  version: 'llm_guardrail-2.1.2',
  detect: async (text) => {
    const confidence = await jailbreakProbability(text);
    if (confidence < jailbreakThreshold) return [];
    return [{ category: 'prompt_injection', confidence, span: { start: 0, end: text.length } }];
  },
};
