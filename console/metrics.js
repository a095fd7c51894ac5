// The text format of Prometheus, and what two readings of it say of the time between. The same
// arithmetic as kaskad/doctor/readings.h.

const kSample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? +(\S+)/;
const kLabel = /(\w+)="((?:\\.|[^"\\])*)"/g;

function valueOf(text) {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of (text || '').matchAll(kLabel)) {
    labels[name] = value.replace(/\\(.)/g, (_, c) => c === 'n' ? '\n' : c);
  }
  return labels;
}

// Name -> samples {key, labels, value}; a sample's key tells it from the others of its name.
export function parse(text) {
  const metrics = new Map();
  for (const line of text.split('\n')) {
    if (!line || line.startsWith('#')) continue;
    const match = kSample.exec(line);
    if (!match) throw new Error(`/metrics: found '${line.slice(0, 60)}', expected a sample`);
    if (!metrics.has(match[1])) metrics.set(match[1], []);
    metrics.get(match[1]).push({key: match[2] || '', labels: labelsOf(match[2]), value: valueOf(match[3])});
  }
  return metrics;
}

const anything = () => true;

export const samples = (metrics, name) => metrics.get(name) || [];

// Sum of the samples whose labels `where` takes; undefined where there is none.
export function value(metrics, name, where = anything) {
  const found = samples(metrics, name).filter(sample => where(sample.labels));
  return found.length ? found.reduce((sum, sample) => sum + sample.value, 0) : undefined;
}

// The label's values among the metric's samples, each once.
export function valuesOf(metrics, name, label) {
  return [...new Set(samples(metrics, name).map(sample => sample.labels[label]))].sort();
}

// How much a counter grew; one that began anew grew by what it is.
export function increase(before, after, name, where = anything) {
  const earlier = new Map(samples(before, name).map(sample => [sample.key, sample.value]));
  let sum = 0;
  for (const {key, labels, value} of samples(after, name)) {
    if (!where(labels)) continue;
    const old = earlier.get(key) || 0;
    sum += value >= old ? value - old : value;
  }
  return sum;
}

// Of what a histogram took in between, linear within a bucket; null where it took in nothing.
export function quantile(before, after, histogram, share, where = anything) {
  const name = `${histogram}_bucket`;
  const bounds = valuesOf(after, name, 'le').map(text => [valueOf(text), text]).sort((a, b) => a[0] - b[0]);
  const below = bounds.map(([bound, text]) =>
      [bound, increase(before, after, name, labels => labels.le === text && where(labels))]);
  const all = below.at(-1)?.[1] || 0;
  if (all <= 0) return null;
  let low = 0, count = 0;
  for (const [bound, upTo] of below) {
    if (upTo >= share * all) {
      if (bound === Infinity || upTo === count) return low;
      return low + (bound - low) * (share * all - count) / (upTo - count);
    }
    [low, count] = [bound, upTo];
  }
  return low;
}
