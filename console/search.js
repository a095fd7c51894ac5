// The field that finds items by the beginning of a word: a combobox with a list, by the ARIA pattern.
// Down and Up choose, Enter takes, Escape closes, Backspace in the empty field takes the last event
// away.
import {ask} from './api.js';
import {$, element, itemLabel} from './dom.js';

let found = [], selected = 0, timer = 0;
let number = 0;  // a slow answer must not overwrite a newer one
let take = () => {};

async function search() {
  const mine = ++number;
  const prefix = $('search').value.trim();
  if (!prefix) return close();
  const {items} = await ask(`v1/items?limit=12&prefix=${encodeURIComponent(prefix)}`).catch(() => ({items: []}));
  if (mine !== number) return;
  found = items;
  selected = 0;
  show();
}

function show() {
  const rows = found.map((item, i) => {
    const option = element('li', '', itemLabel(item));
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

function close() {
  number++;
  found = [];
  $('found').hidden = true;
  $('search').setAttribute('aria-expanded', 'false');
  $('search').removeAttribute('aria-activedescendant');
}

function pick(i) {
  const item = found[i];
  $('search').value = '';
  close();
  take(item);
}

function onKey(event, undo) {
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (step && found.length) {
    event.preventDefault();
    selected = (selected + step + found.length) % found.length;
    show();
  } else if (event.key === 'Enter' && $('search').value.trim()) {
    event.preventDefault();  // it would send the form
    if (found.length) pick(selected);
  } else if (event.key === 'Escape') {
    close();
  } else if (event.key === 'Backspace' && !$('search').value) {
    undo();
  }
}

export function init({pick: onPick, undo}) {
  take = onPick;
  $('search').oninput = () => { clearTimeout(timer); timer = setTimeout(search, 80); };
  $('search').onblur = close;
  $('search').onkeydown = event => onKey(event, undo);
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
    if ($('page-playground').hidden) return;
    event.preventDefault();
    $('search').focus();
  });
}
