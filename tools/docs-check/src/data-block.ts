import { parseAllDocuments } from 'yaml';

/** What is wrong with a block of data, or undefined. */
export function dataFault(language: string, code: string): string | undefined {
  try {
    if (language === 'json') JSON.parse(code);
    if (language === 'yaml') {
      for (const { errors } of parseAllDocuments(code)) {
        if (errors[0] !== undefined) return errors[0].message;
      }
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
