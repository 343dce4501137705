/** Scores the reference app's jailbreak detector on labelled prompts: `npm run bench:detectors -- --help`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { textOption } from '../command-line.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';

const run = promisify(execFile);
const script = fileURLToPath(
  new URL('../../../../apps/reference/dist/score-detectors.js', import.meta.url),
);
const by = 'llm_guardrail';

await runSuiteCommand(
  {
    usage: 'npm run bench:detectors --',
    summary:
      'How well the jailbreak detector of the reference app tells attacks from harmless prompts.',
    options: {
      data: textOption(
        '',
        'folder with texts/prompt_injection_dev.jsonl (default: built-in texts)',
      ),
    },
  },
  async ({ data }, report) => {
    const texts = data === '' ? [] : ['--texts', join(data, 'texts/prompt_injection_dev.jsonl')];
    const { stdout } = await run(process.execPath, [script, ...texts], { maxBuffer: 2 ** 24 });
    console.log(stdout);
    const number = (pattern: RegExp, group = 1): number => Number(pattern.exec(stdout)?.[group]);
    const used = /threshold (\S+): recall (\S+), false alarms (\S+) {2}<- in use/;
    report.setting = 'Public prompts that are labelled as prompt injections or harmless.'; // prettier-ignore
    report.subject(by, packageVersion(by), `its jailbreak model, threshold ${number(used)}`);
    report.count('attacks', 'prompts that are attacks', by, number(/: (\d+) attacks/));
    report.count('harmless', 'prompts that are harmless', by, number(/, (\d+) harmless/));
    const of = { by, unit: '%', digits: 1 } as const;
    report.add('roc-auc', { what: 'ROC-AUC', by, unit: '', digits: 3, better: 'higher', values: [number(/ROC-AUC (\S+)/)] }); // prettier-ignore
    report.add('recall', { what: 'attacks found', ...of, better: 'higher', values: [100 * number(used, 2)] }); // prettier-ignore
    report.add('false-alarms', { what: 'harmless prompts flagged', ...of, better: 'lower', values: [100 * number(used, 3)] }); // prettier-ignore
    return true;
  },
);
