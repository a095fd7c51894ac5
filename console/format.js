// Figures as people read them.

export const count = value => Math.round(value).toLocaleString('en');
export const share = value => value === 0 ? '0%' : `${(100 * value).toFixed(Math.abs(value) < 0.1 ? 2 : 1)}%`;
export const score = value => value === null ? 'none' : String(Number(value.toPrecision(4)));

export function rate(value) {
  return value >= 100 ? count(value) : String(Number(value.toFixed(value < 1 ? 2 : 1)));
}

// What something took.
export function seconds(value) {
  if (value === 0) return '0';
  if (value < 0.001) return `${(1e6 * value).toFixed(0)} µs`;
  if (value < 1) return `${Number((1e3 * value).toPrecision(3))} ms`;
  return `${Number(value.toPrecision(3))} s`;
}

// How long something is ago.
export function age(value) {
  if (value < 120) return `${Math.max(0, value).toFixed(0)} seconds`;
  if (value < 7200) return `${(value / 60).toFixed(0)} minutes`;
  if (value < 172800) return `${(value / 3600).toFixed(1)} hours`;
  return `${(value / 86400).toFixed(0)} days`;
}

// "2026-11-24T20:13:00Z" with its age; empty text stays.
export function since(text) {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : `${text.replace('T', ' ').replace('Z', ' UTC')}, ${age((Date.now() - at) / 1000)} ago`;
}

export const bytes = value => value < 1 << 30 ? `${(value / (1 << 20)).toFixed(1)} MiB` : `${(value / (1 << 30)).toFixed(2)} GiB`;
export const clock = at => new Date(at).toTimeString().slice(0, 8);
