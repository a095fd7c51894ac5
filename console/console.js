// The console: a history on the left, what the server recommends for it on the right, and for
// each item which event of the history brought it. The address keeps the history
// (#h=id,id&k=10), so that a page can be sent to somebody.
'use strict';

const $ = id => document.getElementById(id);
let events = [];       // the history: {item_id, title, timestamp (or none)}, oldest first
let answerNumber = 0;  // a slow answer must not overwrite a newer one

const name = item => item.title || item.item_id;

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function label(item, className) {
  const node = element('span', className, name(item));
  if (item.title) node.append(element('span', 'id', item.item_id));
  return node;
}

// The newest events get the strongest hues; the same item always has the colour of its newest
// event.
function colour(position) {
  const age = events.length - 1 - position;
  return `hsl(${(225 + age * 47) % 360} 62% ${age > 7 ? 70 : 56}%)`;
}

function dot(position) {
  const node = element('span', 'dot');
  node.style.background = colour(position);
  return node;
}

async function ask(path, body) {
  const options = body && {method: 'POST', headers: {'Content-Type': 'application/json'}, body};
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error('The server does not answer.');
  }
  const content = await response.json();
  if (!response.ok) throw new Error(content.error);
  return content;
}

function say(text) {
  $('message').textContent = text;
  $('message').hidden = !text;
}

// ---- history

// Beside events with times, a new one is as new as the newest of them.
function add(item) {
  const newest = events.at(-1)?.timestamp;
  events.push(newest === undefined ? item : {...item, timestamp: newest});
  changed();
}

// The server takes times for all events or for none.
const timed = () => events.length > 0 && events.every(item => item.timestamp !== undefined);

function remove(position) {
  events.splice(position, 1);
  changed();
  const buttons = $('history').querySelectorAll('button');
  (buttons[Math.min(events.length - position, buttons.length - 1)] || $('search')).focus();
}

function changed() {
  say('');
  showHistory();
  saveAddress();
  recommend();
}

function showHistory() {
  const rows = events.map((item, position) => {
    const button = element('button', '', '×');
    button.type = 'button';
    button.setAttribute('aria-label', `Remove ${name(item)}`);
    button.onclick = () => remove(position);
    const row = element('li', '', dot(position), label(item, 'name'), button);
    row.onmouseenter = () => highlight(position);
    row.onmouseleave = () => highlight(null);
    return row;
  });
  $('history').replaceChildren(...rows.reverse());
  $('history-count').textContent = events.length ? `${events.length}, newest first` : '';
  $('history-empty').hidden = $('popular').hidden = events.length > 0;
  $('clear').hidden = events.length === 0;
}

function highlight(position) {
  for (const part of document.querySelectorAll('[data-position]')) {
    part.classList.toggle('dim', position !== null && Number(part.dataset.position) !== position);
  }
}

// ---- recommendations

async function recommend() {
  const number = ++answerNumber;
  const request = {
    history: timed() ? events.map(({item_id, timestamp}) => ({item_id, timestamp}))
                     : events.map(item => item.item_id),
    k: Number($('k').value),
    exclude_seen: !$('seen').checked,
    explain: true,
  };
  const body = JSON.stringify(request);
  $('request-text').textContent =
      `curl ${location.origin}/v1/recommend -d '${body.replaceAll("'", "'\\''")}'`;
  try {
    const began = performance.now();
    const answer = await ask('v1/recommend', body);
    if (number !== answerNumber) return;
    showAnswer(answer, performance.now() - began);
  } catch (error) {
    if (number === answerNumber) say(error.message);
  }
}

function showAnswer(answer, milliseconds) {
  $('model').textContent = `${answer.model} · ${answer.version}`;
  const known = events.length ? 'bars: which event of the history brought the item' :
                                 'no history, so these are popular';
  $('timing').textContent = `${answer.items.length} items in ${milliseconds.toFixed(0)} ms · ${known}`;
  if (answer.unknown_items.length) {
    say(`Not known to the model and left out: ${answer.unknown_items.join(', ')}`);
  }
  const best = Math.max(...answer.items.map(item => item.score), 1e-12);
  $('answer').replaceChildren(...answer.items.map((item, i) => answerRow(item, i + 1, best)));
}

function answerRow(item, rank, best) {
  const button = element('button', '', 'add');
  button.type = 'button';
  button.setAttribute('aria-label', `Add ${name(item)} to the history`);
  button.onclick = () => add({item_id: item.item_id, title: item.title});
  const score = element('span', 'score', item.score !== 0 ? item.score.toPrecision(3) : 'popular', button);
  const row = element('li', '', element('span', 'rank', rank), label(item, 'name'), score);
  const reasons = (item.because || []).filter(reason => reason.share > 0);
  if (item.score > 0) row.append(bar(item, reasons, best));
  if (reasons.length) row.append(reasonList(reasons));
  return row;
}

// The bar is as long as the score, and cut in the parts that the events brought.
function bar(item, reasons, best) {
  const node = element('div', 'bar');
  const total = reasons.reduce((sum, reason) => sum + reason.share, 0);
  const width = 100 * item.score / best;
  const parts = reasons.length ? reasons : [{share: 1, position: -1}];
  for (const part of parts) {
    const piece = element('span');
    piece.style.width = `${width * part.share / (total || 1)}%`;
    piece.style.background = part.position < 0 ? 'var(--quiet)' : colour(part.position);
    piece.dataset.position = part.position;
    if (part.position >= 0) piece.title = name(part);
    node.append(piece);
  }
  return node;
}

function reasonList(reasons) {
  const total = reasons.reduce((sum, reason) => sum + reason.share, 0);
  const node = element('div', 'because');
  for (const reason of reasons.slice(0, 4)) {
    const percent = `${(100 * reason.share / total).toFixed(0)}%`;
    const part = element('span', '', dot(reason.position), `${name(reason)} ${percent}`);
    part.dataset.position = reason.position;
    node.append(part);
  }
  if (reasons.length > 4) node.append(element('span', '', `and ${reasons.length - 4} more`));
  return node;
}

// ---- search

let found = [], selected = 0, searchTimer = 0, searchNumber = 0;

function searchSoon() {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(search, 80);
}

async function search() {
  const number = ++searchNumber;
  const prefix = $('search').value.trim();
  if (!prefix) return closeFound();
  try {
    const answer = await ask(`v1/items?limit=12&prefix=${encodeURIComponent(prefix)}`);
    if (number !== searchNumber) return;
    found = answer.items;
    selected = 0;
    showFound();
  } catch (error) {
    say(error.message);
  }
}

function showFound() {
  const rows = found.map((item, i) => {
    const row = label(item);
    const option = element('li', '', row);
    option.id = `found-${i}`;
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', i === selected);
    option.onmousedown = event => { event.preventDefault(); pick(i); };
    return option;
  });
  if (!rows.length) rows.push(element('li', 'quiet', 'No item has a word that begins so.'));
  $('found').replaceChildren(...rows);
  $('found').hidden = false;
  $('search').setAttribute('aria-expanded', 'true');
  if (!found.length) return $('search').removeAttribute('aria-activedescendant');
  $('search').setAttribute('aria-activedescendant', `found-${selected}`);
  rows[selected].scrollIntoView({block: 'nearest'});
}

function closeFound() {
  searchNumber++;
  found = [];
  $('found').hidden = true;
  $('search').setAttribute('aria-expanded', 'false');
  $('search').removeAttribute('aria-activedescendant');
}

function pick(i) {
  add(found[i]);
  $('search').value = '';
  closeFound();
}

$('search').addEventListener('input', searchSoon);
$('search').addEventListener('blur', closeFound);
$('search').addEventListener('keydown', event => {
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (step && found.length) {
    event.preventDefault();
    selected = (selected + step + found.length) % found.length;
    showFound();
  } else if (event.key === 'Enter' && found.length) {
    event.preventDefault();
    pick(selected);
  } else if (event.key === 'Escape') {
    closeFound();
  } else if (event.key === 'Backspace' && !$('search').value && events.length) {
    events.pop();
    changed();
  }
});

// ---- users, options, address

$('user-form').addEventListener('submit', async event => {
  event.preventDefault();
  const user = $('user').value.trim();
  if (!user) return;
  try {
    const answer = await ask(`v1/users/${encodeURIComponent(user)}`);
    events = answer.history.map(({item_id, title, timestamp}) => ({item_id, title, timestamp}));
    changed();
  } catch (error) {
    say(error.message);
  }
});

$('clear').onclick = () => { events = []; changed(); $('search').focus(); };
$('seen').onchange = $('k').onchange = changed;

document.addEventListener('keydown', event => {
  if (event.key !== '/' || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
  event.preventDefault();
  $('search').focus();
});

function saveAddress() {
  const ids = events.map(item => encodeURIComponent(item.item_id)).join(',');
  const times = timed() ? `&t=${events.map(item => item.timestamp).join(',')}` : '';
  window.history.replaceState(null, '', ids ? `#h=${ids}${times}&k=${$('k').value}` : '#');
}

// Ids of the address get their titles from the search.
async function loadAddress() {
  const fields = new Map(location.hash.slice(1).split('&').map(part => part.split('=')));
  if (fields.has('k')) $('k').value = fields.get('k');
  const ids = (fields.get('h') || '').split(',').filter(Boolean).map(decodeURIComponent);
  const times = (fields.get('t') || '').split(',').map(Number);
  const useTimes = fields.has('t') && times.length === ids.length && times.every(Number.isInteger);
  events = await Promise.all(ids.map(async (id, position) => {
    const {items} = await ask(`v1/items?limit=50&prefix=${encodeURIComponent(id)}`);
    const item = items.find(item => item.item_id === id) || {item_id: id};
    return useTimes ? {...item, timestamp: times[position]} : item;
  }));
}

async function start() {
  try {
    await loadAddress();
    showHistory();
    recommend();
    const {items} = await ask('v1/items?limit=12');
    $('popular').replaceChildren(...items.map(item => {
      const button = element('button', '', name(item));
      button.type = 'button';
      button.onclick = () => add(item);
      return button;
    }));
  } catch (error) {
    say(error.message);
  }
}

start();
