import { requireProgram } from './program.js';

/** The path of a Chromium for playwright-core's `executablePath`. */
export function chromiumPath(): Promise<string> {
  return requireProgram({
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
    homebrewFormula: '--cask chromium',
  });
}
