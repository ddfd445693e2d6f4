/**
 * Makes elements, and reads the little Markdown that the assistant uses: paragraphs, lists, bold, links. Text only ever
 * becomes a text node: nothing that came over the wire is read as markup.
 */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props] `onclick` and the like are listened to, all others become attributes; true stands for an empty
 *   attribute, false and null for none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  // Only a button that says so sends a form.
  if (element instanceof HTMLButtonElement) element.type = 'button';
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @type {Record<string, string>} */
const PATHS = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  send: 'M5 12h13M12 5l7 7-7 7',
  down: 'M12 5v14M6 13l6 6 6-6',
  good: 'M7 11v9H4v-9zM7 11l4-8c2 0 3 1 3 3l-1 4h6c1 0 2 1 1.7 2.2l-1.7 6c-.3 1-1 1.8-2 1.8H7',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  print: 'M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z',
  phone: 'M6 3h4l1.5 5-2.5 2a12 12 0 0 0 5 5l2-2.5 5 1.5v4c0 1-1 2-2 2A17 17 0 0 1 4 5c0-1 1-2 2-2z',
  warn: 'M12 3l10 18H2zM12 10v5M12 18h.01',
  play: 'M7 4l13 8-13 8z',
  pause: 'M8 5v14M16 5v14',
  again: 'M4 12a8 8 0 1 0 3-6.2L4 8M4 3v5h5',
  skip: 'M5 5l9 7-9 7zM18 5v14',
  plan: 'M6 4h12v17H6zM9 3h6v3H9zM9 11h6M9 15h4',
  runner: 'M15.5 4.7a1 1 0 1 1-2 0 1 1 0 0 1 2 0M13.5 9c-2.6 1.1-3.4 3.4-2.2 6M13.5 9l3 2.6 2.6-.7M11.3 15l3.4 1.5.4 3.8M10.9 14.6l-2.3 3.4-3.4.4M13.1 9.4l-3.7.4-1.9 2.6',
};

export function icon(name = '') {
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} sign @param {string} name @param {Props} more */
export function iconButton(sign, name, more) {
  return h('button', { class: 'icon', 'aria-label': name, title: name, ...more }, icon(sign));
}

/** @param {string} template @param {Record<string, string | number>} words */
export function fill(template, words) {
  return template.replace(/\{(\w+)\}/g, (all, name) => String(words[name] ?? all));
}

/** Where storage is closed to the page, it works without. @param {'localStorage' | 'sessionStorage'} storage @param {string} name */
export function recall(storage, name) {
  try {
    return window[storage].getItem(`backstride ${name}`);
  } catch {
    return null;
  }
}

/** @param {'localStorage' | 'sessionStorage'} storage @param {string} name @param {string} value "" removes it */
export function keep(storage, name, value) {
  try {
    if (value) window[storage].setItem(`backstride ${name}`, value);
    else window[storage].removeItem(`backstride ${name}`);
    return true;
  } catch {
    return false;
  }
}

const SAFE = /^(https:\/\/|mailto:|tel:)[!-~]+$/i;
const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)|(https:\/\/[^\s<>()]*[^\s<>().,;:!?'"])/g;
const BULLET = /^\s*[-•*] +(.*)$/;
const NUMBER = /^\s*(\d{1,2})[.)] +(.*)$/;

/** Text with bold and links; a link leads only where it can do no harm. */
export function inline(text = '') {
  const made = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, bold, label, target, bare] = found;
    const link = target ?? bare;
    made.append(text.slice(end, found.index));
    end = found.index + all.length;
    if (bold) made.append(h('strong', {}, bold));
    else if (link && SAFE.test(link)) made.append(h('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, label ?? bare));
    else made.append(all);
  }
  made.append(text.slice(end));
  return made;
}

export function markdown(text = '') {
  const made = document.createDocumentFragment();
  let open = /** @type {HTMLElement | null} */ (null);
  for (const line of text.split('\n')) {
    const bullet = BULLET.exec(line);
    const number = NUMBER.exec(line);
    const tag = bullet ? 'ul' : number ? 'ol' : 'p';
    if (!line.trim()) {
      open = null;
      continue;
    }
    if (open?.localName !== tag) {
      open = h(tag, number && number[1] !== '1' ? { start: number[1] } : {});
      made.append(open);
    } else if (tag === 'p') open.append(h('br'));
    if (tag === 'p') open.append(inline(line));
    else open.append(h('li', {}, inline((bullet ?? number)?.at(-1) ?? '')));
  }
  return made;
}
