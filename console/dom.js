// Elements made by hand: every text goes in as text, so that no id or title can become markup.

export const $ = id => document.getElementById(id);

// Children are nodes or texts; null ones are left out.
export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

export function button(text, onclick, className = '') {
  const node = element('button', className, text);
  node.type = 'button';
  node.onclick = onclick;
  return node;
}

// What people call an item, with its id behind.
export const nameOf = item => item.title || item.item_id;

export function itemLabel(item, className = 'name') {
  const node = element('span', className, nameOf(item));
  if (item.title) node.append(element('span', 'id', item.item_id));
  return node;
}

// `heads`: texts, or {text, number: true} for columns that stand right. Rows are lists of cells.
export function table(caption, heads, rows) {
  const columns = heads.map(head => typeof head === 'string' ? {text: head} : head);
  const cell = (tag, column, content) => element(tag, column.number ? 'number' : '', content);
  const head = element('tr', '', ...columns.map(column => {
    const node = cell('th', column, column.text);
    node.scope = 'col';
    return node;
  }));
  const body = rows.map(row => element('tr', '', ...row.map((one, i) => cell('td', columns[i], one))));
  return element('table', '', element('caption', 'unseen', caption), element('thead', '', head),
                 element('tbody', '', ...body));
}

// Pairs of name and content as the parts of a <dl>.
export function terms(pairs) {
  return pairs.filter(([, content]) => content !== undefined && content !== null && content !== '')
      .map(([name, content]) => element('div', '', element('dt', '', name), element('dd', '', content)));
}

// What stands between backticks in the server's sentences is code.
export function withCode(text) {
  return text.split('`').map((part, i) => i % 2 ? element('code', '', part) : part);
}

// A message of an element with role=alert or status; empty hides it.
export function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}
