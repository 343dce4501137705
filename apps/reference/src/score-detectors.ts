/**
 * Prints how well the jailbreak detector tells attacks from harmless prompts:
 * `npm run score:detectors -- [--texts FILE]`, JSON lines with `text` and `label` (1 is an attack).
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { jailbreakProbability, jailbreakThreshold } from './detectors/jailbreak.js';
import { builtInTexts } from './traffic/texts.js';

interface Scored {
  readonly attack: boolean;
  readonly probability: number;
}

const { texts = builtInTexts } = parseArgs({ options: { texts: { type: 'string' } } }).values;
const scored: Scored[] = [];
for (const line of readFileSync(texts, 'utf8').split('\n').filter(Boolean)) {
  const { text, label } = JSON.parse(line) as { text: string; label: number };
  scored.push({ attack: label === 1, probability: await jailbreakProbability(text) });
}
const attacks = scored.filter(({ attack }) => attack);
const harmless = scored.filter(({ attack }) => !attack);

/** Chance that an attack scores above a harmless prompt. */
function rocAuc(): number {
  let wins = 0;
  for (const { probability: a } of attacks) {
    for (const { probability: b } of harmless) wins += a > b ? 1 : a === b ? 0.5 : 0;
  }
  return wins / (attacks.length * harmless.length);
}

const share = (of: readonly Scored[], threshold: number): string =>
  (of.filter(({ probability }) => probability >= threshold).length / of.length).toFixed(3);

console.log(
  `${texts === builtInTexts ? 'built-in corpus' : texts}: ${attacks.length} attacks, ${harmless.length} harmless`,
);
console.log(`ROC-AUC ${rocAuc().toFixed(3)}`);
for (const threshold of [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
  const mark = threshold === jailbreakThreshold ? '  <- in use' : '';
  console.log(
    `threshold ${threshold}: recall ${share(attacks, threshold)}, false alarms ${share(harmless, threshold)}${mark}`,
  );
}
