// /metrics read every few seconds, while the page can be seen: pages that draw figures are told of
// each reading and of the one before.
import {askText} from './api.js';
import {parse} from './metrics.js';

const listeners = [];
let interval = 5;  // seconds
let paused = false;
let timer = 0;
let last = null;   // {at, metrics}

// `listener(reading, before)`; `before` is null at first. `failed(error)` where it could not be read.
export function onReading(listener, failed) {
  listeners.push({listener, failed});
}

export const newest = () => last;
export const isPaused = () => paused;

async function read() {
  try {
    const reading = {metrics: parse(await askText('metrics')), at: Date.now()};
    const before = last;
    last = reading;
    for (const {listener} of listeners) listener(reading, before);
  } catch (error) {
    for (const {failed} of listeners) failed?.(error);
  }
}

async function round() {
  clearTimeout(timer);
  if (paused) return;
  if (!document.hidden) await read();
  clearTimeout(timer);  // of a round that began meanwhile
  timer = setTimeout(round, 1000 * interval);
}

export function pause(wanted) {
  paused = wanted;
  round();
}

export function every(wanted) {
  interval = wanted;
  round();
}

export function start() {
  document.addEventListener('visibilitychange', () => { if (!document.hidden) round(); });
  round();
}
