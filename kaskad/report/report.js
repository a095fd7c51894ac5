// The page is complete without this script: it adds hover labels that show at once (and on
// touch), sorting, a filter box and 'show all' to tables marked data-interactive.
'use strict';
(() => {
  const root = document.documentElement;
  window.addEventListener('error', (event) => { root.dataset.error = event.message; });

  // <title> of a mark -> a label beside the pointer.
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  for (const title of document.querySelectorAll('svg title')) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  const place = (event) => {
    const mark = event.target.closest ? event.target.closest('[data-tip]') : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 12, window.innerWidth - box.width - 8);
    const above = event.clientY - box.height - 12;
    tip.style.left = Math.max(8, x) + 'px';
    tip.style.top = (above > 8 ? above : event.clientY + 16) + 'px';
  };
  document.addEventListener('pointermove', place);
  document.addEventListener('pointerdown', place);

  const key_of = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return '';
    return 'sort' in cell.dataset ? Number(cell.dataset.sort) : cell.textContent;
  };
  const compare = (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;  // figures before gaps
    return a.localeCompare(b, 'en', {numeric: true});
  };

  for (const table of document.querySelectorAll('table[data-interactive]')) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const words = rows.map((row) => row.textContent.toLowerCase());
    let order = rows.map((row, i) => i);
    const few = Number(table.dataset.shown) || rows.length;
    let expanded = false;

    const tools = document.createElement('div');
    tools.className = 'tools';
    const filter = document.createElement('input');
    filter.type = 'search';
    filter.placeholder = 'filter, e.g. next row';
    filter.setAttribute('aria-label', 'Filter rows: every word must occur');
    const all = document.createElement('button');
    all.type = 'button';
    const count = document.createElement('output');
    tools.append(filter, all, count);
    table.parentNode.before(tools);

    const draw = () => {
      const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      const found = order.filter((i) => wanted.every((word) => words[i].includes(word)));
      const shown = expanded ? found : found.slice(0, few);
      body.replaceChildren(...shown.map((i) => rows[i]));
      count.textContent = shown.length + ' of ' + rows.length + ' rows';
      all.hidden = found.length <= few;
      all.textContent = expanded ? 'show fewer' : 'show all';
    };
    filter.addEventListener('input', draw);
    all.addEventListener('click', () => {
      expanded = !expanded;
      draw();
    });

    Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      const title = head.querySelector('.title');
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = title.textContent;
      title.replaceChildren(button);
      button.addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') === 'ascending';
        for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const sign = down ? -1 : 1;
        order.sort((a, b) =>
            sign * compare(key_of(rows[a], column), key_of(rows[b], column)) || a - b);
        draw();
      });
    });
    draw();
  }
  root.dataset.ready = 'yes';
})();
