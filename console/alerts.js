// Alerts: what the server itself finds wrong (GET /v1/health/checks), in the words of `kaskad doctor
// --server`. Asked again every few seconds by every page, for the number beside the link.
import {ask} from './api.js';
import {$, element, say, table, terms, withCode} from './dom.js';
import {age, since} from './format.js';

const kEvery = 10;  // seconds

let known = null;  // what was found last, as text: nothing is drawn again while it is the same

function finding({condition, severity, stage, what, since: from, remedy}) {
  const head = element('h3', '', element('span', `badge ${severity}`, severity), condition,
                       stage ? element('span', 'quiet', `stage '${stage}'`) : null);
  return element('li', `card ${severity}`, head, element('p', '', what),
                 from ? element('p', 'quiet', `since ${since(from)}`) : null,
                 element('p', '', element('b', '', 'What to do: '), ...withCode(remedy)));
}

function conditionTable({checked, findings}) {
  const wrong = new Set(findings.map(one => one.condition));
  return table('Conditions', ['Condition', 'Now', 'Severity', 'What to do'], checked.map(one => [
    one.condition,
    wrong.has(one.condition) ? element('span', `badge ${one.severity}`, 'wrong') : element('span', 'badge fine', 'fine'),
    one.severity, element('span', '', ...withCode(one.remedy)),
  ]));
}

function showCount(findings) {
  const critical = findings.some(one => one.severity === 'critical');
  $('alert-count').hidden = findings.length === 0;
  $('alert-count').className = `count ${critical ? 'critical' : 'warning'}`;
  $('alert-count').textContent = findings.length;
  $('alert-count').setAttribute('aria-label', `${findings.length} found`);
}

function showChecks(checks) {
  const {findings, seconds} = checks;
  $('alerts-window').textContent = `Judged by the last ${age(seconds)}.`;
  showCount(findings);
  $('facts').replaceChildren(...terms(Object.entries(checks.facts)));
  const news = JSON.stringify(findings);
  if (news === known) return;
  known = news;
  say($('alerts-note'), findings.length ? `${findings.length} found.` : 'Nothing is wrong.');
  $('findings').replaceChildren(...findings.map(finding));
  $('checked').replaceChildren(conditionTable(checks));
}

async function round() {
  if (!document.hidden) {
    try {
      showChecks(await ask('v1/health/checks'));
    } catch (error) {
      known = null;
      $('alerts-window').textContent = '';
      say($('alerts-note'), error.message);
    }
  }
  setTimeout(round, 1000 * kEvery);
}

export function init() {
  round();
}
