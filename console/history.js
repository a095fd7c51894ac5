// The history of the playground: a list of events that is typed, clicked or loaded, newest on top.
import {ask} from './api.js';
import {$, button, element, itemLabel, nameOf} from './dom.js';
import {init as initSearch} from './search.js';

let events = [];  // {item_id, title, timestamp (or none)}, oldest first
let changed = () => {};

export const list = () => events;

// The newest events get the strongest hues; the same item always has the colour of its newest event.
export function colour(position) {
  const age = events.length - 1 - position;
  return `hsl(${(225 + age * 47) % 360} 62% ${age > 7 ? 70 : 56}%)`;
}

export function dot(position) {
  const node = element('span', 'dot');
  node.style.background = colour(position);
  return node;
}

// The server takes times for all events or for none.
const timed = () => events.length > 0 && events.every(item => item.timestamp !== undefined);

export function forRequest() {
  return timed() ? events.map(({item_id, timestamp}) => ({item_id, timestamp})) : events.map(item => item.item_id);
}

export function set(wanted) {
  events = wanted;
  show();
  changed();
}

// Beside events with times, a new one is as new as the newest of them.
export function add(item) {
  const newest = events.at(-1)?.timestamp;
  const one = {item_id: item.item_id, title: item.title};
  if ($('popular').contains(document.activeElement)) $('search').focus();  // they go
  set([...events, newest === undefined ? one : {...one, timestamp: newest}]);
}

function remove(position) {
  set(events.toSpliced(position, 1));
  const buttons = $('history').querySelectorAll('button');
  (buttons[Math.min(events.length - position, buttons.length - 1)] || $('search')).focus();
}

export function show() {
  const rows = events.map((item, position) => {
    const away = button('×', () => remove(position));
    away.setAttribute('aria-label', `Remove ${nameOf(item)}`);
    const row = element('li', '', dot(position), itemLabel(item), away);
    row.onmouseenter = () => highlight(position);
    row.onmouseleave = () => highlight(null);
    return row;
  });
  $('history').replaceChildren(...rows.reverse());
  $('history-count').textContent = events.length ? `${events.length}, newest first` : '';
  $('history-empty').hidden = $('popular').hidden = events.length > 0 || !$('popular').children.length;
  $('clear').hidden = events.length === 0;
}

// Dims what other events brought to the answer.
function highlight(position) {
  for (const part of document.querySelectorAll('[data-position]')) {
    part.classList.toggle('dim', position !== null && Number(part.dataset.position) !== position);
  }
}

// For the address: "h=id,id&t=1,2".
export function toAddress() {
  if (!events.length) return '';
  const times = timed() ? `&t=${events.map(item => item.timestamp).join(',')}` : '';
  return `h=${events.map(item => encodeURIComponent(item.item_id)).join(',')}${times}`;
}

// Ids of the address get their titles from the server; one that it does not know stays.
export async function fromAddress(fields) {
  const ids = (fields.get('h') || '').split(',').filter(Boolean);
  const times = (fields.get('t') || '').split(',').map(Number);
  const useTimes = fields.has('t') && times.length === ids.length && times.every(Number.isInteger);
  events = await Promise.all(ids.map(async (text, position) => {
    const id = decodeURIComponent(text);
    const item = await ask(`v1/items/${encodeURIComponent(id)}`).catch(() => ({item_id: id}));
    const one = {item_id: id, title: item.title};
    return useTimes ? {...one, timestamp: times[position]} : one;
  }));
  show();
}

async function offerPopular() {
  const {items} = await ask('v1/items?limit=12').catch(() => ({items: []}));  // no retriever is served
  $('popular').replaceChildren(...items.map(item => button(nameOf(item), () => add(item))));
  show();
}

export function init(onChange) {
  changed = onChange;
  initSearch({pick: add, undo: () => events.length && set(events.slice(0, -1))});
  $('clear').onclick = () => { set([]); $('search').focus(); };
  offerPopular();
}
