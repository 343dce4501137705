/** Elements that are changed in place, so that neither focus nor a reader's position is lost each second. */

export const byId = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function setText(node, text, className) {
  if (node.textContent !== text) node.textContent = text;
  if (className !== undefined && node.className !== className) node.className = className;
}

/** Keeps one child for each item, in the order of the items. */
export function keyed(container, items, keyOf, create, update) {
  const kept = new Map([...container.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    let child = kept.get(key);
    if (child === undefined) {
      child = create(item);
      child.dataset.key = key;
    }
    kept.delete(key);
    if (container.children[index] !== child) {
      container.insertBefore(child, container.children[index] ?? null);
    }
    update(child, item);
  });
  for (const child of kept.values()) child.remove();
}

/** A list of names and values; a value may be `[text, class]`. */
export function fillTiles(list, entries) {
  keyed(
    list,
    entries,
    ([name]) => name,
    ([name]) => element('div', {}, element('dt', { textContent: name }), element('dd')),
    (tile, [, value]) => {
      const [text, className = ''] = [value].flat();
      setText(tile.lastElementChild, text, className);
    },
  );
}

/**
 * A table whose first column names the row. A head that begins with `#` is a column of numbers; a cell is a text,
 * `[text, class]`, or `{ bar, from }` with shares from 0 to 1.
 */
export function fillTable(table, head, rows) {
  const numeric = head.map((name) => name.startsWith('#'));
  if (table.tHead === null) {
    const cells = head.map((name, index) =>
      element('th', {
        scope: 'col',
        textContent: name.replace('#', ''),
        className: numeric[index] ? 'number' : '',
      }),
    );
    table.createTHead().append(element('tr', {}, ...cells));
    table.createTBody();
  }
  const filled = rows.length > 0 ? rows : [['none', ...head.slice(1).map(() => '')]];
  keyed(
    table.tBodies[0],
    filled,
    ([name]) => name,
    (cells) =>
      element(
        'tr',
        {},
        ...cells.map((cell, index) => {
          if (index === 0) return element('th', { scope: 'row' });
          return cell?.bar === undefined
            ? element('td')
            : element('td', { ariaHidden: 'true' }, element('span', { className: 'bar' }));
        }),
      ),
    (row, cells) =>
      cells.forEach((cell, index) => {
        const node = row.children[index];
        if (cell?.bar !== undefined) {
          const { style } = node.firstElementChild;
          style.width = `${Math.round(cell.bar * 1000) / 10}%`;
          style.marginLeft = `${Math.round((cell.from ?? 0) * 1000) / 10}%`;
          return;
        }
        const [text, className = ''] = [cell].flat();
        setText(node, text, `${numeric[index] ? 'number ' : ''}${className}`);
      }),
  );
}
