const missing = '–';

export function number(value, digits = 0) {
  return Number.isFinite(value)
    ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : missing;
}

/** Three digits that mean something, whatever the size. */
export function figure(value) {
  return typeof value === 'number'
    ? value.toLocaleString('en', { maximumSignificantDigits: 3, notation: 'compact' })
    : missing;
}

export function percent(value) {
  return typeof value === 'number' ? `${number(value * 100, 1)} %` : missing;
}

export function time(value) {
  return new Date(value).toLocaleTimeString('en-GB');
}

const units = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** A text with its milliseconds in larger units, where they are whole ones. */
export function spanInWords(text) {
  return text.replace(/\b(\d{4,}) ms\b/g, (all, millis) => {
    const [unit, size] = units.find(([, each]) => millis % each === 0) ?? [];
    return size === undefined ? all : `${millis / size} ${unit}`;
  });
}

/** `model_anomaly_pii` as `model anomaly pii`: words that a screen reader can say. */
export function words(name) {
  return String(name).replaceAll('_', ' ');
}

/** Whether a part of the dashboard could not be read. */
export function failed(part) {
  return part === undefined || part === null || (typeof part === 'object' && 'error' in part);
}
