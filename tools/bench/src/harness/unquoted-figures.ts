/** A time, a size or a rate; percentages and seconds are settings as often as not. */
const figure = /\d[\d .,]*\s?(?:ns|µs|ms|[kMG]B|\/s|times)(?!\w)/g;
const command = /`npm run (?:bench|crash|storm|failover):/;

/**
 * Times, sizes and rates that stand in a text by hand, in a paragraph, list item or row of a table that names a command
 * which measures: they would stay as they are when it says something else.
 */
export function unquotedFigures(text: string): string[] {
  return text
    .replace(/^```[^]*?^```$/gm, '')
    .replace(/<!-- figure [^]*?<!-- \/ -->/g, '')
    .split(/\n\s*\n|\n(?=\s*(?:\||- ))/)
    .filter((block) => command.test(block))
    .flatMap((block) => block.match(figure) ?? []);
}
