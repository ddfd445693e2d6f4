// What every page has beyond plain HTML: refreshed parts, arrow keys, short notices. Every page works without it.

const csrf = document.querySelector('meta[name=csrf]')?.content ?? '';

/** Send a form's fields; resolves to the response. */
export function send(address, fields) {
  const body = fields instanceof URLSearchParams ? fields : new URLSearchParams(fields);
  return fetch(address, { method: 'POST', body, headers: { 'X-CSRF-Token': csrf, Accept: 'application/json' } });
}

/** Show a sentence for a few seconds; a screen reader says it. */
export function toast(text) {
  const note = document.createElement('p');
  note.textContent = text;
  document.querySelector('.toasts').append(note);
  setTimeout(() => note.remove(), 6000);
}

// <div data-refresh="/address">: replaced by the part that the address answers with, until that part asks for no more.
async function refresh(part) {
  await new Promise((done) => setTimeout(done, 1000));
  if (!part.isConnected) return;
  try {
    const response = await fetch(part.dataset.refresh, { headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').body.firstElementChild;
    if (!fresh) return location.reload();
    const log = part.querySelector('.log');
    const atEnd = !log || log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    const place = log?.scrollTop ?? 0;
    part.replaceWith(fresh);
    const shown = fresh.querySelector('.log');
    if (shown) shown.scrollTop = atEnd ? shown.scrollHeight : place;
    if (fresh.dataset.refresh) refresh(fresh);
    // Not under somebody's hands.
    if (fresh.dataset.goto && !document.activeElement?.matches('input, textarea, select')) location.assign(fresh.dataset.goto);
  } catch {
    refresh(part);
  }
}
document.querySelectorAll('[data-refresh]').forEach(refresh);

// On a phone the list comes first: <details data-fold-narrow> is folded there.
if (matchMedia('(max-width: 900px)').matches) for (const fold of document.querySelectorAll('[data-fold-narrow]')) fold.open = false;

// A form or button with data-confirm asks before it does what cannot be undone.
document.addEventListener('submit', (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// A form with data-autosubmit is sent when one of its choices changes.
document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form && 'autosubmit' in form.dataset && event.target.type !== 'search') form.requestSubmit();
});

// In a list, the arrow keys go to the next item and the one before.
document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.closest('input, textarea, select')) return;
  const list = [...document.querySelectorAll('[data-item]')];
  const at = list.findIndex((item) => item.contains(document.activeElement));
  if (at < 0 || !list[at + step]) return;
  event.preventDefault();
  const next = list[at + step];
  (next.matches('a, button, summary') ? next : next.querySelector('a, button, summary'))?.focus();
});
