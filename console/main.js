// Which page is shown: the address says so (#/live), so that links, the browser's back and bookmarks
// work. Each page is a section of index.html and a module with init(), show() and hide().
import * as alerts from './alerts.js';
import {served} from './api.js';
import {$} from './dom.js';
import * as experiments from './experiments.js';
import * as live from './live.js';
import {value} from './metrics.js';
import * as playground from './playground.js';
import {onReading, start} from './readings.js';
import * as api from './reference.js';
import * as versions from './versions.js';

const pages = {playground, live, versions, experiments, alerts, api};

let current = null;

// "#/live", "#/playground?h=i1" -> name and the rest; anything else is the playground.
function readAddress() {
  const [, name, rest] = /^#\/(\w+)\??(.*)$/.exec(location.hash) || [null, 'playground', location.hash.slice(1)];
  return Object.hasOwn(pages, name) ? [name, rest] : ['playground', ''];
}

function showPage() {
  const [name, rest] = readAddress();
  if (name === current) return;
  if (current) pages[current].hide?.();
  for (const page of Object.keys(pages)) $(`page-${page}`).hidden = page !== name;
  for (const link of document.querySelectorAll('header nav a[href^="#/"]')) {
    if (link.getAttribute('href') === `#/${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const title = $(`title-${name}`);
  document.title = `${title.textContent} · kaskad console`;
  if (current) title.focus();  // not at the first page: a reader begins at the top
  current = name;
  pages[name].show?.(rest);
}

async function showServing(again) {
  try {
    const found = await served({again});
    const what = found.cascade ? `cascade ${found.cascade.name}`
                               : [found.retriever?.model, found.ranker?.model].filter(Boolean).join(' and ');
    $('serving').textContent = `${what} · ${found.version}`;
  } catch (error) {
    $('serving').textContent = error.message;
  }
}

// Models may be exchanged by a signal, or by somebody else.
let servedSince = null;

function noticeChange({metrics}) {
  const since = value(metrics, 'kaskad_served_since_seconds');
  if (servedSince !== null && since !== servedSince) showServing(true);
  servedSince = since;
}

$('skip').onclick = () => $('main').focus();
for (const page of Object.values(pages)) page.init();
window.addEventListener('hashchange', showPage);
showPage();
showServing(false);
onReading(noticeChange);
start();
